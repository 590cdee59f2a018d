//! What a handler leaves of a request's body. A server that answers and closes while the
//! client is still sending makes the client's system throw the answer away (a TCP reset), so
//! whoever sends too much would see a broken connection and not what was wrong. So the rest
//! is read and thrown away first, to a bound.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use hyper::header::EXPECT;

use crate::limits::{DRAIN_TIME, MAX_DRAINED_BYTES};

/// Answers a request once the client has sent it.
pub async fn unread_body(request: Request, next: Next) -> Response {
    // Such a client waits for a sign before it sends; without one there is nothing to read.
    if request.body().is_end_stream() || request.headers().contains_key(EXPECT) {
        return next.run(request).await;
    }
    let left = Arc::default();
    let request = request.map(|body| {
        Body::new(Lent {
            body,
            left: Arc::clone(&left),
        })
    });
    let response = next.run(request).await;
    let rest = lock(&left).take();
    if let Some(body) = rest.filter(|body| !body.is_end_stream())
        && tokio::time::timeout(DRAIN_TIME, discard(body))
            .await
            .is_err()
    {
        tracing::debug!("a client was still sending when its request was answered");
    }
    response
}

async fn discard(mut body: Body) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > MAX_DRAINED_BYTES {
            return;
        }
    }
}

/// A body that comes back when its reader is done with it.
struct Lent {
    body: Body,
    left: Arc<Mutex<Option<Body>>>,
}

fn lock(left: &Mutex<Option<Body>>) -> std::sync::MutexGuard<'_, Option<Body>> {
    left.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Lent {
    fn drop(&mut self) {
        *lock(&self.left) = Some(std::mem::take(&mut self.body));
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use futures_util::StreamExt as _;
    use futures_util::stream;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn what_a_handler_leaves_is_read_to_the_bound() {
        let router = Router::new()
            .route("/", post(async || StatusCode::PAYLOAD_TOO_LARGE))
            .layer(from_fn(unread_body));
        let piece = Bytes::from(vec![b' '; 1024 * 1024]);
        for (pieces, expected) in [(5, 5), (1_000, MAX_DRAINED_BYTES / piece.len() + 1)] {
            let sent = Arc::new(AtomicUsize::new(0));
            let body = stream::iter(0..pieces).map({
                let (sent, piece) = (Arc::clone(&sent), piece.clone());
                move |_| {
                    sent.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, std::io::Error>(piece.clone())
                }
            });
            let request = Request::post("/").body(Body::from_stream(body)).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
            assert_eq!(sent.load(Ordering::Relaxed), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_sending_is_answered_all_the_same() {
        let router = Router::new()
            .route("/", post(async || StatusCode::BAD_REQUEST))
            .layer(from_fn(unread_body));
        let never = stream::pending::<Result<Bytes, std::io::Error>>();
        let request = Request::post("/").body(Body::from_stream(never)).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    }
}
