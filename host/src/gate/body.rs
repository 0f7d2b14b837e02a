//! Bodies are taken in whole: bounded in size, unpacked, and only then looked at.

use bytes::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;
use http_body::Body;
use http_body_util::BodyExt;
use std::io::{self, Write};

/// Why a body was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the request is larger than {0} bytes")]
    RequestTooLarge(usize),
    #[error("the call's requests and answers have {used} bytes of {limit}")]
    TooMuchTraffic { used: usize, limit: usize },
    #[error("the request's body broke off")]
    RequestBroken,
    #[error("the answer is larger than {0} bytes")]
    AnswerTooLarge(usize),
    #[error("the answer broke off")]
    AnswerBroken(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the answer is packed as {0:?}")]
    UnknownPacking(String),
    #[error("the answer cannot be unpacked")]
    BadPacking(#[source] io::Error),
}

/// Takes the guest's body in. Each piece is charged as it comes: many bodies may be on their way at once.
pub(crate) async fn collect_request<B>(
    mut body: B,
    limit: usize,
    charge: impl Fn(usize) -> Result<(), BodyError>,
) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut pieces = Pieces::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::RequestBroken)?;
        // Trailers are dropped: no desk needs them, and they could smuggle a header.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if pieces.size().saturating_add(data.len()) > limit {
            return Err(BodyError::RequestTooLarge(limit));
        }
        charge(data.len())?;
        pieces.push(data, 0);
    }
    Ok(pieces.whole())
}

/// Takes the desk's body in and unpacks it. The limit counts unpacked bytes.
pub(crate) async fn collect_answer<B>(
    mut body: B,
    packed: Option<&[u8]>,
    limit: usize,
) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut unpacked = match packed {
        None | Some(b"" | b"identity") => None,
        Some(b"gzip" | b"x-gzip") => Some(MultiGzDecoder::new(Bounded::new(limit))),
        Some(other) => {
            let name: String = String::from_utf8_lossy(other).chars().take(40).collect();
            return Err(BodyError::UnknownPacking(name));
        }
    };
    // The announced length saves copies where it is honest, and is no more than a hint.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(BodyError::AnswerTooLarge(limit));
    }
    let mut pieces = Pieces::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| BodyError::AnswerBroken(error.into()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if let Some(unpacked) = &mut unpacked {
            if let Err(error) = unpacked.write_all(&data) {
                return Err(packing_error(unpacked.get_ref(), error));
            }
            continue;
        }
        if pieces.size().saturating_add(data.len()) > limit {
            return Err(BodyError::AnswerTooLarge(limit));
        }
        pieces.push(data, announced.min(1 << 20));
    }
    match unpacked {
        None => Ok(pieces.whole()),
        Some(mut unpacked) => {
            if let Err(error) = unpacked.try_finish() {
                return Err(packing_error(unpacked.get_ref(), error));
            }
            unpacked
                .finish()
                .map(|bounded| Bytes::from(bounded.bytes))
                .map_err(BodyError::BadPacking)
        }
    }
}

fn packing_error(bounded: &Bounded, error: io::Error) -> BodyError {
    if bounded.overrun {
        BodyError::AnswerTooLarge(bounded.limit)
    } else {
        BodyError::BadPacking(error)
    }
}

/// A body as it comes in. One piece stays as it is; several are put together.
#[derive(Default)]
struct Pieces {
    first: Bytes,
    /// The first and all after it, once there is a second.
    joined: BytesMut,
}

impl Pieces {
    fn size(&self) -> usize {
        self.first.len().max(self.joined.len())
    }

    /// `announced`: how long the whole may become.
    fn push(&mut self, piece: Bytes, announced: usize) {
        if self.first.is_empty() {
            self.first = piece;
            return;
        }
        if self.joined.is_empty() {
            self.joined
                .reserve(announced.max(self.first.len() + piece.len()));
            self.joined.extend_from_slice(&self.first);
        }
        self.joined.extend_from_slice(&piece);
    }

    fn whole(self) -> Bytes {
        if self.joined.is_empty() {
            self.first
        } else {
            self.joined.freeze()
        }
    }
}

/// Stops the unpacking at the limit: a kilobyte may unpack to a gigabyte.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
    overrun: bool,
}

impl Bounded {
    fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            overrun: false,
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(data.len()) > self.limit {
            self.overrun = true;
            return Err(io::Error::other("too large"));
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http_body_util::{Full, StreamBody};
    use std::convert::Infallible;

    fn gzip(data: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap().into()
    }

    fn pieces(data: &[u8], size: usize) -> impl Body<Data = Bytes, Error = Infallible> + Unpin {
        let frames: Vec<_> = data
            .chunks(size)
            .map(|piece| Ok(http_body::Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        StreamBody::new(futures_util::stream::iter(frames))
    }

    #[tokio::test]
    async fn a_body_in_pieces_is_put_together() {
        let data: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        for size in [1, 7, 10_000] {
            let whole = collect_answer(pieces(&data, size), None, 10_000)
                .await
                .unwrap();
            assert_eq!(whole, data);
        }
    }

    #[tokio::test]
    async fn a_packed_body_is_unpacked_however_it_is_cut() {
        let data = b"tickets ".repeat(1000);
        for size in [1, 100, 100_000] {
            let body = collect_answer(pieces(&gzip(&data), size), Some(b"gzip"), 10_000).await;
            assert_eq!(body.unwrap(), data);
        }
    }

    #[tokio::test]
    async fn a_body_past_the_limit_is_cut_off_packed_or_not() {
        let data = vec![0; 10_001];
        for (body, packed) in [
            (Bytes::from(data.clone()), None),
            (gzip(&data), Some(&b"gzip"[..])),
        ] {
            let error = collect_answer(Full::new(body), packed, 10_000)
                .await
                .unwrap_err();
            assert!(
                matches!(error, BodyError::AnswerTooLarge(10_000)),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn a_packed_body_that_breaks_off_is_no_body() {
        let mut packed = gzip(b"tickets").to_vec();
        packed.truncate(packed.len() - 6);
        let error = collect_answer(Full::new(Bytes::from(packed)), Some(b"gzip"), 100).await;
        assert!(matches!(error, Err(BodyError::BadPacking(_))));
    }

    #[tokio::test]
    async fn an_unknown_packing_is_refused() {
        let error = collect_answer(Full::new(Bytes::new()), Some(b"br"), 100).await;
        assert!(matches!(error, Err(BodyError::UnknownPacking(name)) if name == "br"));
    }
}
