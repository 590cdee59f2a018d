//! Listening: how connections come in, how long a client may take to ask, and how they end when
//! the server does. What is answered is the router's, the places are in `connections.rs`.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Once};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::connections::{Connections, Seat};
use crate::limits::{ACCEPT_PAUSE, BACKLOG, FIRST_HEAD_TIME, IDLE_TIME, STOP_TIME};

/// Takes an address.
///
/// # Errors
/// When it is in use or not of this machine.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Elsewhere it would let two servers have the same address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `shutdown` resolves, then lets requests under way finish within bounds. When
/// this returns, no connection is left.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    serve_in(Connections::of_this_process(), listener, router, shutdown).await;
}

async fn serve_in(
    connections: Arc<Connections>,
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    // Connections end when it is dropped.
    let (_serving, served) = watch::channel(());
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, seat)) => start(stream, seat, router.clone(), &graceful, served.clone()),
            Err(error) => {
                let closed = connections.close_idlest();
                tracing::warn!(%error, closed, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(STOP_TIME, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::info!("requests were still under way when the server stopped");
    }
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Connections>,
) -> io::Result<(TcpStream, Arc<Seat>)> {
    let place = connections.place().await;
    let place = place.ok_or_else(|| io::Error::other("there are no places"))?;
    let (stream, _) = listener.accept().await?;
    // Answers are small and written at once; waiting to fill a packet only delays them.
    stream.set_nodelay(true)?;
    Ok((stream, Seat::new(Arc::clone(connections), place)))
}

fn start(
    stream: TcpStream,
    seat: Arc<Seat>,
    router: Router,
    graceful: &GracefulShutdown,
    mut served: watch::Receiver<()>,
) {
    let asked = Arc::clone(&seat);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let work = asked.work();
        let answer = router.clone().oneshot(request.map(Body::new));
        async move {
            let response: Result<Response, Infallible> = answer.await;
            drop(work);
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIME)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                ended_early(&error);
            },
            () = gives_up(&seat) => tracing::debug!("an idle connection was closed"),
            _ = served.changed() => {}
        }
    });
}

/// What is no HTTP is told to whoever runs the server, once: anybody can send as much of it as
/// they like.
fn ended_early(error: &hyper::Error) {
    static TOLD: Once = Once::new();
    if error.is_parse() {
        TOLD.call_once(|| {
            tracing::warn!(
                %error,
                "Expected HTTP from a client, but it sent something else. If it speaks https, have it speak http, or put a proxy with a certificate before this server. Further ones are not told."
            );
        });
    }
    tracing::debug!(%error, "a connection ended early");
}

/// Resolves when the connection is to be closed although its client is there.
async fn gives_up(seat: &Seat) {
    let says_nothing = async {
        tokio::time::sleep(FIRST_HEAD_TIME).await;
        if seat.has_asked() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = seat.gives_way() => {}
        () = says_nothing => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::{Notify, oneshot};

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

    async fn exchange(stream: &mut TcpStream, until: &str) -> String {
        let mut text = Vec::new();
        while !String::from_utf8_lossy(&text).contains(until) {
            assert_ne!(
                stream.read_buf(&mut text).await.unwrap(),
                0,
                "{}",
                String::from_utf8_lossy(&text)
            );
        }
        String::from_utf8(text).unwrap()
    }

    #[tokio::test]
    async fn a_request_under_way_is_answered_before_the_server_ends() {
        let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (entered, go_on) = (Arc::clone(&entered), Arc::clone(&go_on));
            move || async move {
                entered.notify_one();
                go_on.notified().await;
                "answered"
            }
        };
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Router::new().route("/", get(handler));
        let server = tokio::spawn(serve(listener, router, async move { drop(stopped.await) }));

        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(REQUEST).await.unwrap();
        entered.notified().await;
        stop.send(()).unwrap();
        go_on.notify_one();
        let reply = exchange(&mut client, "answered").await;
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        server.await.unwrap();
        assert!(
            TcpStream::connect(address).await.is_err(),
            "nobody listens any more"
        );
    }

    #[test]
    fn a_burst_of_connections_is_taken() {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        let _entered = runtime.enter();
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        // As many as the system is set to hold; nobody accepts any.
        let bound = std::fs::read_to_string("/proc/sys/net/core/somaxconn");
        let bound = bound.map_or(128, |text| text.trim().parse().unwrap());
        let connect = |_| std::net::TcpStream::connect_timeout(&address, BURST_TIME);
        let burst: Vec<_> = (0..600.min(bound)).map(connect).collect();
        let refused = burst
            .iter()
            .filter(|connection| connection.is_err())
            .count();
        assert_eq!(refused, 0, "of {}", burst.len());
    }

    /// A connection that finds no room is tried again after a second.
    const BURST_TIME: Duration = Duration::from_millis(900);

    #[tokio::test]
    async fn idle_connections_make_room_for_new_ones() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "answered"));
        let connections = Connections::with(2);
        tokio::spawn(serve_in(
            connections,
            listener,
            router,
            std::future::pending(),
        ));

        let mut silent = TcpStream::connect(address).await.unwrap();
        let mut halfway = TcpStream::connect(address).await.unwrap();
        halfway.write_all(b"GET / HT").await.unwrap();
        for _ in 0..4 {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(REQUEST).await.unwrap();
            exchange(&mut client, "answered").await;
        }
        for closed in [&mut silent, &mut halfway] {
            let read = closed.read(&mut [0; 16]).await;
            assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
        }
    }
}
