//! What a client still sends after its request was answered: of a form that is too large, say. It is read and
//! thrown away. Were the connection closed meanwhile, the client would see that in place of the answer.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Body as _, Frame, SizeHint};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// How much of it is read: more is no mistake of a person.
const MOST: usize = 64 << 20;
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lets a request through; what nobody has read of it when it is answered is read here.
pub(crate) async fn read_out(request: Request, next: Next) -> Response {
    next.run(request.map(|body| Body::new(ReadOut(body)))).await
}

struct ReadOut(Body);

impl http_body::Body for ReadOut {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl Drop for ReadOut {
    fn drop(&mut self) {
        if self.0.is_end_stream() {
            return;
        }
        let mut body = std::mem::take(&mut self.0);
        // Without a runtime, nothing is served any more.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(tokio::time::timeout(PATIENCE, async move {
            let mut read = 0;
            while read < MOST
                && let Some(Ok(frame)) =
                    poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
            {
                read += frame.data_ref().map_or(0, Bytes::len);
            }
        }));
    }
}
