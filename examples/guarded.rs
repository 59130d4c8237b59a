//! Serves a registry in memory that asks for tokens, and the service that gives them out at `/token` beside it.
//!
//! Shows: rules about who may do what, tokens, two services on one listener, and a file of users that is read anew on
//! SIGHUP. Leaves out: TLS, without which passwords and tokens are for the loopback interface alone.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs print")]

mod common;

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};

use bytes::Bytes;
use common::{Args, Failure};
use http::{Request, Response};
use http_body_util::{Either, Full};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use wharf::server::Action::{Delete, Pull, Push};
use wharf::server::{Body, Service, serve};
use wharf::server_auth::{Htpasswd, Rules, SigningKey, Terms, TokenService, Who};
use wharf::store::Store;

const USAGE: &str = "guarded --htpasswd FILE [--listen ADDR] [--realm URL]";

fn main() -> ExitCode {
    let args = Args::parse(USAGE, &[], &["--htpasswd", "--listen", "--realm"], 0);
    common::main(run(&args))
}

async fn run(args: &Args) -> Result<(), Failure> {
    let text = |flag| args.value(flag, |text| Ok::<_, Failure>(text.to_owned()));
    let path = text("--htpasswd").ok_or("--htpasswd is needed")?;
    let users = common::users(&path)?;
    let listener = TcpListener::bind(text("--listen").unwrap_or_else(|| "127.0.0.1:5000".into())).await?;
    let realm = text("--realm").unwrap_or(format!("http://{}/token", listener.local_addr()?));
    let terms = Terms::new(&realm, "wharf").ok_or("--realm: not a URL")?;

    let rules = Rules::none()
        .allow(Who::user("reader"), "**", &[Pull])?
        .allow(Who::SignedIn, "**", &[Pull, Push, Delete])?
        .allow(Who::Everybody, "public/**", &[Pull])?;
    let tokens = TokenService::new(terms, users.clone(), SigningKey::es256()?).with_rules(rules);
    let registry = Service::new(Store::memory()).with_authorize(tokens.bearer());

    println!("listening on {}", listener.local_addr()?);
    let (mut terminate, hangup) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    let shutdown = async move {
        tokio::select! { _ = terminate.recv() => {}, () = reload(&path, &users, hangup) => {} }
    };
    serve(listener, Beside { registry, tokens }, shutdown).await;
    Ok(())
}

/// Reads the file of users anew each time it is asked to. One that cannot be read changes nothing.
async fn reload(path: &str, users: &Htpasswd, mut hangup: Signal) {
    while hangup.recv().await.is_some() {
        let text = std::fs::read_to_string(path).map_err(Failure::from);
        match text.and_then(|text| Ok(users.reload(&text)?)) {
            Ok(()) => println!("{} users", users.users()),
            Err(error) => eprintln!("warning: {path}: {error}"),
        }
    }
}

/// The token service at its path, and the registry everywhere else.
#[derive(Clone)]
struct Beside {
    registry: Service,
    tokens: TokenService,
}

impl<B> tower_service::Service<Request<B>> for Beside
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<Either<Body, Full<Bytes>>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if request.uri().path() == "/token" {
            let answer = self.tokens.call(request);
            return Box::pin(async { Ok(answer.await?.map(Either::Right)) });
        }
        let answer = self.registry.call(request);
        Box::pin(async { Ok(answer.await?.map(Either::Left)) })
    }
}
