package client;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import tools.jackson.databind.json.JsonMapper;

/** Starts the app and is its person's browser, but for the pages of the server under test: those are somebody else's. */
public class Main {
    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient BROWSER = HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

    public static void main(String[] arguments) throws Exception {
        Map<?, ?> settings = JSON.readValue(arguments[0], Map.class);
        var app = start(settings);
        var home = "http://127.0.0.1:" + app;
        var url = goes(home + "/oauth2/authorization/portcullis");
        System.out.println(JSON.writeValueAsString(Map.of("open", url)));
        var ended = URI.create(new BufferedReader(new InputStreamReader(System.in)).readLine());
        goes(home + "/login/oauth2/code/portcullis?" + ended.getRawQuery());
        var me = BROWSER.send(HttpRequest.newBuilder(URI.create(home + "/me")).build(), BodyHandlers.ofString());
        if (me.statusCode() != 200) {
            throw new IllegalStateException("not signed in: " + me.statusCode() + " " + me.headers().map());
        }
        System.out.println(JSON.writeValueAsString(Map.of("done", JSON.readValue(me.body(), Map.class))));
        System.exit(0);
    }

    /** Where a redirect leads. */
    private static String goes(String url) throws Exception {
        var response = BROWSER.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
        return response.headers().firstValue("location").orElseThrow(() ->
                new IllegalStateException(url + ": " + response.statusCode() + " " + response.body()));
    }

    /** Starts the app at a free port, which it answers. Everything is discovered but what a client is registered with. */
    private static Object start(Map<?, ?> settings) {
        var registration = "spring.security.oauth2.client.registration.portcullis.";
        Map<String, Object> properties = new HashMap<>(Map.of(
                "server.port", "0",
                "server.address", "127.0.0.1",
                "spring.main.banner-mode", "off",
                "logging.level.root", "off",
                "spring.security.oauth2.client.provider.portcullis.issuer-uri", settings.get("issuer"),
                registration + "client-id", settings.get("client_id"),
                registration + "client-authentication-method", settings.get("method"),
                registration + "authorization-grant-type", "authorization_code",
                registration + "redirect-uri", settings.get("redirect_uri"),
                registration + "scope", settings.get("scope").toString().replace(' ', ',')));
        if (settings.get("client_secret") != null) {
            properties.put(registration + "client-secret", settings.get("client_secret"));
        }
        var app = new SpringApplicationBuilder(App.class).web(WebApplicationType.SERVLET).properties(properties).run();
        return app.getEnvironment().getProperty("local.server.port");
    }
}
