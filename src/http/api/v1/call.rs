//! How every handler of `/api/v1` begins: who calls, which counts; whether they may; what the URL asks for (contract §2, §7,
//! §9, §12). A handler names the last two in its signature, and so can forget none.

use std::future::Future;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::rights::{self, Right};
use crate::flows::Node;
use crate::flows::actor::Actor;
use crate::flows::verify::Identity;
use crate::http::extract::listing::{Listing, no_parameters};
use crate::http::extract::{address, caller, json};
use crate::http::failure::Failure;
use crate::http::settings::WebSettings;

/// A call by somebody who may make it. `W` says who that is, `Q` what may stand in the URL's query.
pub struct Call<W, Q = ()> {
    /// Who it is, and what they may.
    pub who: W,
    /// What the URL asks for.
    pub query: Q,
    /// The server.
    pub node: Data<Node>,
    /// Where it comes from.
    pub address: IpAddr,
    request: HttpRequest,
    body: Bytes,
}

/// A call of which it is not known yet whether who makes it may.
pub struct Asking<'a> {
    /// The server.
    pub node: &'a Node,
    /// What their credential says, if they have one.
    pub identity: Option<Arc<Identity>>,
    address: IpAddr,
    request: &'a HttpRequest,
}

/// Who may make a call.
pub trait Who: Sized {
    /// Looks whether this one may.
    ///
    /// # Errors
    /// 401, 403, 404.
    fn admit(asking: Asking<'_>) -> impl Future<Output = Result<Self, Failure>>;
}

/// Somebody with a credential.
pub trait Known {
    /// What it says.
    fn identity(&self) -> &Arc<Identity>;
}

/// What may stand in a URL's query.
pub trait Asked: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// 400.
    fn read(query: &str) -> Result<Self, Failure>;
}

/// Anybody, with a good credential or none.
pub struct Anybody {
    /// What it says.
    pub identity: Option<Arc<Identity>>,
}

/// A person with this right.
pub struct Person<R> {
    /// The person.
    pub id: Uuid,
    /// What their credential says.
    pub identity: Arc<Identity>,
    right: PhantomData<R>,
}

impl Asking<'_> {
    /// On whose behalf; `None` without a credential.
    pub fn actor(&self) -> Option<Actor<'_>> {
        let identity = self.identity.as_deref()?;
        Some(Actor::Holder { identity, address: self.address })
    }

    /// Their credential, where nothing is anybody's without one.
    ///
    /// # Errors
    /// 401.
    pub fn identity(self) -> Result<Arc<Identity>, Failure> {
        self.identity.ok_or_else(Failure::unauthenticated)
    }

    /// A part of the URL.
    pub fn part(&self, name: &str) -> Option<&str> {
        self.request.match_info().get(name)
    }
}

impl<W, Q> Call<W, Q> {
    /// The id that this part of the URL is, where there is nothing to hide.
    ///
    /// # Errors
    /// 404.
    pub fn id(&self, name: &str) -> Result<Uuid, Failure> {
        rights::known_id(self.request.match_info().get(name).unwrap_or_default())
    }

    /// What the body says.
    ///
    /// # Errors
    /// 400, 415.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        json::read(&self.request, &self.body)
    }

    /// The same where it may be left out.
    ///
    /// # Errors
    /// 400, 415.
    pub fn read_or_empty<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        json::read_or_empty(&self.request, &self.body)
    }

    /// Insists that it says nothing.
    ///
    /// # Errors
    /// 400, 415.
    pub fn reads_nothing(&self) -> Result<(), Failure> {
        json::nothing(&self.request, &self.body)
    }
}

impl<W: Known, Q> Call<W, Q> {
    /// On whose behalf, for the flows that ask again and write it down.
    pub fn actor(&self) -> Actor<'_> {
        Actor::Holder { identity: self.who.identity(), address: self.address }
    }
}

impl<W: Who, Q: Asked> Call<W, Q> {
    async fn begin(request: HttpRequest, body: Bytes) -> Result<Self, Failure> {
        let (node, settings) = (state::<Node>(&request)?, state::<WebSettings>(&request)?);
        let identity = caller::find(&request, &node, &settings).await?;
        let address = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
        let who = W::admit(Asking { node: &node, identity, address, request: &request }).await?;
        let query = Q::read(request.query_string())?;
        Ok(Self { who, query, node, address, request, body })
    }
}

fn state<T: 'static>(request: &HttpRequest) -> Result<Data<T>, Failure> {
    let missing = || Failure { cause: Some("the server has no state".into()), ..Failure::server_error() };
    request.app_data::<Data<T>>().cloned().ok_or_else(missing)
}

impl<W: Who + 'static, Q: Asked + 'static> FromRequest for Call<W, Q> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), Bytes::from_request(request, payload));
        // First the body: a refusal while some of it is under way ends the connection, and a hidden thing would be told from one
        // that never was by when its refusal comes.
        Box::pin(async move { Ok(Self::begin(request, body.await?).await?) })
    }
}

impl Who for Anybody {
    async fn admit(asking: Asking<'_>) -> Result<Self, Failure> {
        Ok(Self { identity: asking.identity })
    }
}

impl<R: Right> Who for Person<R> {
    async fn admit(asking: Asking<'_>) -> Result<Self, Failure> {
        let identity = asking.identity()?;
        Ok(Self { id: R::of(&identity)?, identity, right: PhantomData })
    }
}

impl<R> Known for Person<R> {
    fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }
}

/// Nothing may.
impl Asked for () {
    fn read(query: &str) -> Result<Self, Failure> {
        no_parameters(query)
    }
}

/// Which page of a list.
impl Asked for Listing {
    fn read(query: &str) -> Result<Self, Failure> {
        Ok(Self::parse(query, &[])?.0)
    }
}
