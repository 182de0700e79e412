//! Servers that label their answers wrongly, never end them, redirect requests, or hide their responses.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{Method, Response, StatusCode, header, request::Parts},
};
use futures_util::{StreamExt as _, stream};
use headroom_e2e::{Session, host::Host, page::Page, provider::KEY};
use tokio::sync::Notify;

const HALF: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"the first half\"}}]}\n\n";
const REST: &str = "data: {\"choices\":[{\"delta\":{\"content\":\" and the rest\"},\"finish_reason\":\"stop\"}]}\n\n";

/// A server whose paths begin with the name of its fault.
#[derive(Clone, Default)]
struct Odd {
    /// `POST /path`, and whether a key came along.
    heard: Arc<Mutex<Vec<(String, bool)>>>,
    /// Releases the second half of an answer.
    go_on: Arc<Notify>,
    /// The endless rejection is no longer being read.
    let_go: Arc<AtomicBool>,
    /// The address it redirects to.
    elsewhere: Arc<Mutex<String>>,
}

/// Notes that a body is no longer read.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Odd {
    async fn start() -> (Self, String) {
        let odd = Self::default();
        let answering = odd.clone();
        let routes = Router::new().fallback(move |request: Request| {
            let odd = answering.clone();
            async move {
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
                odd.answer(&parts, &String::from_utf8_lossy(&body))
            }
        });
        // It runs until the tests end, as every host does.
        let (_, port) = Host::serve(routes).await;
        (odd, format!("http://127.0.0.1:{port}"))
    }

    fn answer(&self, request: &Parts, body: &str) -> Response<Body> {
        let path = request.uri.path().to_owned();
        let mut response = Response::builder();
        if !path.starts_with("/closed/") {
            response = response
                .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
                .header(header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type");
        }
        if request.method == Method::OPTIONS {
            return response.status(StatusCode::NO_CONTENT).body(Body::empty()).unwrap();
        }
        let with_key = request.headers.contains_key(header::AUTHORIZATION);
        self.heard.lock().unwrap().push((format!("{} {path}", request.method), with_key));
        let json = "application/json; charset=utf-8";
        let is_list = path.ends_with("/models");
        match path.split('/').nth(1).unwrap_or_default() {
            "labelled" if body.contains("stream_options") => {
                let refusal =
                    r#"{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#;
                response.status(StatusCode::UNPROCESSABLE_ENTITY).body(Body::from(refusal))
            }
            "labelled" if !is_list => {
                let (go_on, dropped) = (self.go_on.clone(), Dropped(self.let_go.clone()));
                let rest = stream::once(async move {
                    let _held = dropped;
                    go_on.notified().await;
                    Bytes::from_static(REST.as_bytes())
                });
                let body = stream::once(async { Bytes::from_static(HALF.as_bytes()) }).chain(rest);
                response.header(header::CONTENT_TYPE, json).body(Body::from_stream(body.map(Ok::<_, Infallible>)))
            }
            "endless" => {
                let status = if is_list { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
                let start = if is_list { "{\"data\":[\"" } else { "it failed: " };
                let dropped = Dropped(self.let_go.clone());
                let more = stream::repeat_with(move || {
                    let _held = &dropped;
                    Bytes::from_static(&[b'x'; 65_536])
                });
                let body = stream::once(async move { Bytes::from_static(start.as_bytes()) }).chain(more);
                response
                    .status(status)
                    .header(header::CONTENT_TYPE, json)
                    .body(Body::from_stream(body.map(Ok::<_, Infallible>)))
            }
            "moved" if !is_list => {
                let elsewhere = self.elsewhere.lock().unwrap().clone();
                response.status(StatusCode::TEMPORARY_REDIRECT).header(header::LOCATION, elsewhere).body(Body::empty())
            }
            _ => response.header(header::CONTENT_TYPE, json).body(Body::from(r#"{"data":[{"id":"m"}]}"#)),
        }
        .unwrap()
    }
}

async fn described(page: &Page, base_url: &str) {
    page.describe_provider("Odd", base_url, KEY).await;
    page.press("provider-save").await;
}

/// The title of the newest error card.
async fn happened(page: &Page) -> String {
    let title = "[...document.querySelectorAll('[data-testid=error] h3')].at(-1)?.textContent ?? ''";
    page.eval(title).await.as_str().unwrap().to_owned()
}

impl Odd {
    /// Waits until the endless body is no longer being read.
    async fn until_let_go(&self) {
        let started = Instant::now();
        while !self.let_go.load(Ordering::SeqCst) {
            assert!(started.elapsed() < Duration::from_secs(20), "the page goes on reading");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    fn posts(&self) -> usize {
        self.heard.lock().unwrap().iter().filter(|(request, _)| request.starts_with("POST")).count()
    }
}

/// A stream labeled `application/json` showed nothing until it ended. The server also rejects a field that the page
/// adds: it is asked again without it, and that answer can be stopped like any other.
pub async fn a_stream_is_shown_as_it_comes_whatever_its_label(session: Session) {
    let page = &session.page;
    let (odd, origin) = Odd::start().await;
    let _site = page.first_visit().await;
    described(page, &format!("{origin}/labelled/v1")).await;
    page.until_a_model_is_chosen().await;
    page.ask_until("hello", "streaming").await;
    page.until_answered(14).await;
    assert_eq!(page.answer().await.trim(), "the first half");
    odd.go_on.notify_one();
    page.until_lane("done").await;
    assert_eq!(page.answer().await.trim(), "the first half and the rest");
    assert_eq!((odd.posts(), page.count("error").await), (2, 0), "once with the field, once without");
    odd.let_go.store(false, Ordering::SeqCst);
    page.ask_until("and now?", "streaming").await;
    assert_eq!(odd.posts(), 3, "it is remembered");
    page.press("composer-stop").await;
    page.until_lane("stopped").await;
    odd.until_let_go().await;
}

/// An endless rejection was read forever, and Stop did nothing; an endless list was read until the page broke.
pub async fn a_body_without_an_end_is_let_go(session: Session) {
    let page = &session.page;
    let (odd, origin) = Odd::start().await;
    let _site = page.first_visit().await;
    described(page, &format!("{origin}/endless/v1")).await;
    page.until(
        "the list is given up",
        "document.querySelector('.picker-note')?.textContent.includes('load the model list')",
    )
    .await;
    odd.let_go.store(false, Ordering::SeqCst);
    page.choose_model("m").await;
    page.ask_until("hello", "failed").await;
    assert_eq!(page.error().await, ("server".to_owned(), Some("500".to_owned())));
    odd.until_let_go().await;
}

/// A redirect to another origin took the prompt there, and the answer was shown as the provider's.
pub async fn a_redirect_takes_neither_prompt_nor_key_along(session: Session) {
    let page = &session.page;
    let ((odd, origin), (other, elsewhere)) = (Odd::start().await, Odd::start().await);
    *odd.elsewhere.lock().unwrap() = format!("{elsewhere}/labelled/v1/chat/completions");
    let _site = page.first_visit().await;
    described(page, &format!("{origin}/moved/v1")).await;
    page.until_a_model_is_chosen().await;
    page.ask_until("a secret", "failed").await;
    assert_eq!(page.error().await, ("blocked".to_owned(), None));
    assert!(happened(page).await.contains("redirects to another address"));
    assert_eq!(*other.heard.lock().unwrap(), []);
}

/// "No answer: it may be down, out of reach, or not allow this page" was the only message for three different causes.
pub async fn what_the_browser_hides_is_distinguished_from_nobody_there(session: Session) {
    let page = &session.page;
    let (odd, origin) = Odd::start().await;
    let _site = page.first_visit().await;
    described(page, &format!("{origin}/closed/v1")).await;
    page.choose_model("m").await;
    page.ask_until("hello", "failed").await;
    assert_eq!(page.error().await, ("blocked".to_owned(), None));
    assert!(happened(page).await.contains("CORS"));
    let asked = odd.heard.lock().unwrap().clone();
    assert!(asked.iter().all(|(_, with_key)| !with_key), "what is asked afterward goes without the key: {asked:?}");
}
