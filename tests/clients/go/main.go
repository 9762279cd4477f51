// The clients that Go programs use: golang.org/x/oauth2 and coreos/go-oidc. Discovery, login with PKCE, state and nonce,
// ID token, userinfo, refresh; and the device grant, which x/oauth2 polls in two requests.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type settings struct {
	Issuer       string   `json:"issuer"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	RedirectURI  string   `json:"redirect_uri"`
	Method       string   `json:"method"`
	Scope        []string `json:"-"`
	Device       bool     `json:"device"`
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func say(name string, value any) {
	line := must(json.Marshal(map[string]any{name: value}))
	fmt.Println(string(line))
}

func expect(good bool, what string) {
	if !good {
		fmt.Fprintln(os.Stderr, what)
		os.Exit(1)
	}
}

func main() {
	var given settings
	expect(json.Unmarshal([]byte(os.Args[1]), &given) == nil, "the settings cannot be read")
	given.Scope = []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess, "read"}
	ctx := context.Background()
	provider := must(oidc.NewProvider(ctx, given.Issuer))
	endpoint := provider.Endpoint()
	if given.Method == "client_secret_post" || given.Method == "none" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	config := oauth2.Config{
		ClientID: given.ClientID, ClientSecret: given.ClientSecret, RedirectURL: given.RedirectURI,
		Endpoint: endpoint, Scopes: given.Scope,
	}
	var token *oauth2.Token
	nonce := ""
	if given.Device {
		token = device(ctx, &config)
	} else {
		nonce = oauth2.GenerateVerifier()
		token = code(ctx, &config, nonce)
	}
	raw, ok := token.Extra("id_token").(string)
	expect(ok, "there is no ID token")
	claims := must(provider.Verifier(&oidc.Config{ClientID: given.ClientID}).Verify(ctx, raw))
	expect(claims.Nonce == nonce, "the nonce is another")
	expect(claims.VerifyAccessToken(token.AccessToken) == nil, "at_hash is wrong")
	person := must(provider.UserInfo(ctx, oauth2.StaticTokenSource(token)))
	expect(person.Subject == claims.Subject, "userinfo is about somebody else")
	var more struct {
		Username string `json:"preferred_username"`
	}
	expect(person.Claims(&more) == nil, "the claims cannot be read")

	old := *token
	old.Expiry = time.Now().Add(-time.Hour)
	fresh := must(config.TokenSource(ctx, &old).Token())
	again := must(provider.UserInfo(ctx, oauth2.StaticTokenSource(fresh)))
	say("done", map[string]any{
		"sub": claims.Subject, "username": more.Username, "email": person.Email, "again": again.Subject,
		"renewed": fresh.AccessToken != token.AccessToken,
	})
}

func code(ctx context.Context, config *oauth2.Config, nonce string) *oauth2.Token {
	verifier, state := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	say("open", config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce)))
	lines := bufio.NewScanner(os.Stdin)
	expect(lines.Scan(), "nobody came back")
	answer := must(url.Parse(lines.Text())).Query()
	expect(answer.Get("state") == state, "the state is another")
	return must(config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(verifier)))
}

func device(ctx context.Context, config *oauth2.Config) *oauth2.Token {
	asked := must(config.DeviceAuth(ctx))
	say("open", asked.VerificationURIComplete)
	return must(config.DeviceAccessToken(ctx, asked))
}
