package client;

import java.time.Duration;
import java.util.Map;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizationContext;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.RefreshTokenOAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserRequest;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An app that signs people in by Spring Security, and nothing else. */
@SpringBootApplication
@RestController
public class App {
    @Bean
    SecurityFilterChain security(HttpSecurity http, ClientRegistrationRepository clients) throws Exception {
        var resolver = new DefaultOAuth2AuthorizationRequestResolver(clients, "/oauth2/authorization");
        resolver.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
        return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .oauth2Login(login -> login.authorizationEndpoint(end -> end.authorizationRequestResolver(resolver)))
                .oauth2Client(Customizer.withDefaults())
                .build();
    }

    /** Who is signed in, and who that is by fresh tokens. */
    @GetMapping("/me")
    Map<String, Object> me(
            @AuthenticationPrincipal OidcUser user,
            Authentication who,
            @RegisteredOAuth2AuthorizedClient("portcullis") OAuth2AuthorizedClient client) {
        var provider = new RefreshTokenOAuth2AuthorizedClientProvider();
        // Every access token ends too soon for it.
        provider.setClockSkew(Duration.ofDays(1));
        var context = OAuth2AuthorizationContext.withAuthorizedClient(client).principal(who).build();
        var fresh = provider.authorize(context);
        var again = new OidcUserService().loadUser(
                new OidcUserRequest(client.getClientRegistration(), fresh.getAccessToken(), user.getIdToken()));
        return Map.of(
                "sub", user.getSubject(),
                "username", user.getPreferredUsername(),
                "email", user.getEmail(),
                "again", again.getUserInfo().getSubject(),
                "renewed", !fresh.getAccessToken().getTokenValue().equals(client.getAccessToken().getTokenValue()));
    }
}
