//! A streamed answer in transit.

use std::{collections::VecDeque, io, time::Duration};

use axum::body::{Body, Bytes};
use futures_util::stream;
use headroom_simulator::{Next, RequestId};

use crate::Shared;

/// How long the data sent so far gets to leave before a connection is broken.
const FLUSH: Duration = Duration::from_millis(20);

/// One admitted request. Dropping it before its end aborts the request.
pub(crate) struct Fetch {
    shared: Shared,
    id: RequestId,
    ready: VecDeque<Vec<u8>>,
    next: Next,
}

impl Fetch {
    pub(crate) const fn new(shared: Shared, id: RequestId) -> Self {
        Self { shared, id, ready: VecDeque::new(), next: Next::At(0) }
    }

    pub(crate) fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self, Self::step))
    }

    async fn step(mut self) -> Option<(io::Result<Bytes>, Self)> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Some((Ok(chunk.into()), self));
            }
            match self.next {
                Next::At(at) => self.shared.clock.sleep_until(at).await,
                Next::NetworkFailure => std::future::pending().await,
                Next::End => return None,
                Next::Break => {
                    tokio::time::sleep(FLUSH).await;
                    self.next = Next::End;
                    return Some((Err(io::Error::other("the simulator was told to break off")), self));
                }
            }
            let now = self.shared.clock.now_ms();
            let (chunks, next) = self.shared.simulator().poll(self.id, now);
            self.ready = chunks.into();
            self.next = next;
        }
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        let now = self.shared.clock.now_ms();
        self.shared.simulator().abort(self.id, now);
    }
}
