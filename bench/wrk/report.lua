-- Prints one line at the end of a run: requests per second, latencies in ms, answers that were not 2xx or 3xx,
-- broken connections.
function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format("RESULT %.1f %.3f %.3f %d %d %d\n",
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.requests, e.status, e.connect + e.read + e.write + e.timeout))
end
