// Writes over what differs from one run to the next.
const same = (text) => text
  .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '01900000-0000-7000-8000-000000000000')
  .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:8080')
  .replace(/\b[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}\b/g, 'WDJB-MJHT')
  .replace(/\bsk_[A-Za-z0-9_]{20,}/g, 'sk_Example0Example0Example0Exampl')
  .replace(/\bsk_\.\.\.\w{6}/g, (hint) => (/a1B2c3|9fQx7T|Zk04mP/.test(hint) ? hint : 'sk_...Ex4mpl'))
  .replace(/\bey[\w-]+\.[\w-]+\.[\w-]+/g, 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl')
  .replace(/\b[A-Za-z0-9_-]{43}\b/g, 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) walker.currentNode.data = same(walker.currentNode.data);
for (const field of document.querySelectorAll('input[type=text][readonly]')) field.value = same(field.value);
document.activeElement?.blur();
