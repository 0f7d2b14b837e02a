//! What the service is set beside: a plain axum handler that gives the same JSON, without sandbox, desks or cache.

use anyhow::{Context, Result};
use axum::{Json, Router, routing};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Serves this document at the path, each time written anew; brings the address.
pub(crate) fn serve(runtime: &Runtime, path: &str, document: &str) -> Result<String> {
    let document: Arc<Value> = Arc::new(serde_json::from_str(document)?);
    let answer = routing::get(move || {
        let document = Arc::clone(&document);
        async move { Json(document) }
    });
    let router = Router::new().route(path, answer);
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr().context("an address")?.to_string();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let service = TowerToHyperService::new(router.clone());
            tokio::spawn(async move {
                let connection = http1::Builder::new();
                // It ends when the client goes.
                let _ = connection
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    Ok(address)
}
