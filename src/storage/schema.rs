//! The tables as diesel sees them: the same for SQLite and PostgreSQL (`migrations/`).

#![allow(missing_docs, reason = "generated table modules; the columns are explained in migrations/")]

diesel::table! {
    installation (id) {
        id -> Integer,
        canary -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        sealed_private_key -> Binary,
        created_at -> BigInt,
        active_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    users (id) {
        id -> Binary,
        username -> Text,
        username_key -> Text,
        email -> Text,
        email_key -> Text,
        password -> Nullable<Binary>,
        is_admin -> Bool,
        disabled_at -> Nullable<BigInt>,
        created_at -> BigInt,
        email_confirmed_at -> Nullable<BigInt>,
        language -> Nullable<Text>,
        links_ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    account_links (digest) {
        digest -> Binary,
        kind -> Text,
        user_id -> Nullable<Binary>,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        consumed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    mails (id) {
        id -> Binary,
        sealed -> Binary,
        created_at -> BigInt,
        due_at -> BigInt,
        attempts -> Integer,
    }
}

diesel::table! {
    setup_links (digest) {
        digest -> Binary,
        expires_at -> BigInt,
        consumed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    clients (client_id) {
        client_id -> Text,
        name -> Text,
        is_public -> Bool,
        secret_digest -> Nullable<Binary>,
        redirect_uris -> Text,
        grants -> Text,
        scope -> Text,
        default_scope -> Text,
        auth_method -> Nullable<Text>,
        require_pkce -> Bool,
        resource_server -> Bool,
        resources -> Text,
        disabled -> Bool,
        created_at -> BigInt,
        rate_limit -> Nullable<BigInt>,
        previous_secret_digest -> Nullable<Binary>,
        previous_secret_until -> Nullable<BigInt>,
        metadata -> Text,
    }
}

diesel::table! {
    scopes (name) {
        name -> Text,
        description -> Text,
        translations -> Text,
        created_at -> BigInt,
        for_anybody -> Bool,
    }
}

diesel::table! {
    sessions (id) {
        id -> Binary,
        digest -> Binary,
        user_id -> Binary,
        auth_time -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        user_agent -> Text,
        address -> Text,
        idle_at -> BigInt,
    }
}

diesel::table! {
    backchannel_logouts (id) {
        id -> Binary,
        session_id -> Binary,
        client_id -> Text,
        user_id -> Binary,
        ended_at -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
        attempts -> Integer,
    }
}

diesel::table! {
    consents (user_id, client_id) {
        user_id -> Binary,
        client_id -> Text,
        scope -> Text,
        granted_at -> BigInt,
    }
}

diesel::table! {
    authorization_grants (id) {
        id -> Binary,
        user_id -> Binary,
        client_id -> Nullable<Text>,
        session_id -> Nullable<Binary>,
        scope -> Text,
        resource -> Nullable<Text>,
        auth_time -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        claims -> Nullable<Text>,
        dpop_jkt -> Nullable<Text>,
    }
}

diesel::table! {
    authorization_codes (digest) {
        digest -> Binary,
        client_id -> Text,
        user_id -> Binary,
        session_id -> Binary,
        redirect_uri -> Text,
        redirect_uri_was_given -> Bool,
        scope -> Text,
        code_challenge -> Nullable<Text>,
        nonce -> Nullable<Text>,
        resource -> Nullable<Text>,
        auth_time -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        consumed_at -> Nullable<BigInt>,
        grant_id -> Nullable<Binary>,
        claims -> Nullable<Text>,
        dpop_jkt -> Nullable<Text>,
    }
}

diesel::table! {
    device_codes (digest) {
        digest -> Binary,
        user_code -> Binary,
        client_id -> Text,
        scope -> Text,
        resource -> Nullable<Text>,
        address -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        interval_seconds -> BigInt,
        polled_at -> Nullable<BigInt>,
        polled_again -> Bool,
        slowed_down -> Bool,
        allowed -> Nullable<Bool>,
        user_id -> Nullable<Binary>,
        session_id -> Nullable<Binary>,
        auth_time -> Nullable<BigInt>,
        consumed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    pushed_authorization_requests (digest) {
        digest -> Binary,
        client_id -> Text,
        parameters -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        consumed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    client_assertions (digest) {
        digest -> Binary,
        client_id -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    dpop_proofs (digest) {
        digest -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    client_registrations (client_id) {
        client_id -> Text,
        digest -> Binary,
        registered_at -> BigInt,
        used_at -> Nullable<BigInt>,
        by_token -> Bool,
    }
}

diesel::table! {
    registration_tokens (id) {
        id -> Binary,
        digest -> Binary,
        uses -> Integer,
        used -> Integer,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    client_documents (client_id) {
        client_id -> Text,
        fetched_at -> BigInt,
        fresh_until -> BigInt,
    }
}

diesel::table! {
    spent_forms (digest) {
        digest -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    refresh_tokens (digest) {
        digest -> Binary,
        grant_id -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
        consumed_at -> Nullable<BigInt>,
        sealed_successor -> Nullable<Binary>,
    }
}

diesel::table! {
    revocations (seq) {
        seq -> BigInt,
        kind -> Text,
        subject -> Text,
        at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    login_throttles (name) {
        name -> Binary,
        failures -> Integer,
        blocked_until -> BigInt,
        updated_at -> BigInt,
        trusted_until -> BigInt,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Binary,
        at -> BigInt,
        kind -> Text,
        user_id -> Nullable<Binary>,
        client_id -> Nullable<Text>,
        address -> Nullable<Text>,
        detail -> Nullable<Text>,
        key_id -> Nullable<Binary>,
        project_id -> Nullable<Binary>,
        actor_kind -> Nullable<Text>,
        actor_id -> Nullable<Binary>,
        actor_name -> Nullable<Text>,
        actor_through -> Nullable<Text>,
    }
}

diesel::table! {
    projects (id) {
        id -> Binary,
        name -> Text,
        is_public -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    project_members (project_id, user_id) {
        project_id -> Binary,
        user_id -> Binary,
        role -> Text,
        added_at -> BigInt,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Binary,
        digest -> Binary,
        previous_digest -> Nullable<Binary>,
        previous_until -> Nullable<BigInt>,
        user_id -> Binary,
        project_id -> Nullable<Binary>,
        slot -> Nullable<Text>,
        name -> Text,
        hint -> Text,
        scope -> Text,
        environment -> Nullable<Text>,
        ip_allow -> Text,
        metadata -> Text,
        rate_limit -> Nullable<BigInt>,
        created_at -> BigInt,
        secret_created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        disabled_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        sealed_key -> Nullable<Binary>,
    }
}

diesel::joinable!(refresh_tokens -> authorization_grants (grant_id));
diesel::joinable!(api_keys -> users (user_id));
diesel::joinable!(project_members -> projects (project_id));
diesel::joinable!(project_members -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    installation,
    signing_keys,
    users,
    account_links,
    mails,
    setup_links,
    spent_forms,
    clients,
    client_assertions,
    client_documents,
    client_registrations,
    registration_tokens,
    scopes,
    sessions,
    backchannel_logouts,
    consents,
    authorization_grants,
    authorization_codes,
    device_codes,
    pushed_authorization_requests,
    dpop_proofs,
    refresh_tokens,
    revocations,
    login_throttles,
    audit_events,
    projects,
    project_members,
    api_keys,
);
