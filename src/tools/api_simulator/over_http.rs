//! The simulator over a real socket, read without an HTTP library, to test what a server really sends.
#![cfg(test)]

use std::{net::SocketAddr, time::Duration};

use headroom_api_simulator::{DEFAULT_KEY, Options, Server};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

async fn serve(options: &str) -> SocketAddr {
    let words = format!("--port 0 --ttft-ms 20 {options}");
    let options = Options::read(words.split_whitespace().map(str::to_owned)).unwrap();
    let server = Server::bind(options.port, options.config).await.unwrap();
    let address = server.address().unwrap();
    tokio::spawn(server.run());
    address
}

async fn send(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    stream
}

/// Reads everything until the connection closes or breaks.
async fn read(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let reading = async {
        let mut buffer = [0; 65_536];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            bytes.extend_from_slice(&buffer[..length]);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the server closes the connection");
    String::from_utf8(bytes).unwrap()
}

async fn exchange(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> (u16, String, String) {
    let text = read(send(address, method, path, headers, body).await).await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

/// The body of a chunked response without its framing.
fn unchunked(body: &str) -> String {
    let mut bytes = body.as_bytes();
    let mut whole = Vec::new();
    while let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if length == 0 || bytes.len() < end + 2 + length {
            break;
        }
        whole.extend_from_slice(&bytes[end + 2..end + 2 + length]);
        bytes = &bytes[(end + 4 + length).min(bytes.len())..];
    }
    String::from_utf8(whole).unwrap()
}

fn auth() -> String {
    format!("Authorization: Bearer {DEFAULT_KEY}\r\nOrigin: http://page.example\r\n")
}

fn chat(text: &str, stream: bool) -> String {
    let messages = json!([{"role": "user", "content": text}]);
    json!({"model": "gpt-oss-120b", "messages": messages, "stream": stream}).to_string()
}

async fn ledger(address: SocketAddr) -> Value {
    let (status, _, body) = exchange(address, "GET", "/sim/ledger", "", "").await;
    assert_eq!(status, 200);
    serde_json::from_str(&body).unwrap()
}

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn a_stream_comes_over_the_wire_and_is_in_the_ledger() {
    let address = serve("--profile cerebras-guide").await;
    let (status, head, body) = exchange(address, "POST", CHAT, &auth(), &chat("[[sim:tokens=200]]", true)).await;
    assert_eq!(status, 200, "{head} {body}");
    assert!(head.contains("content-type: text/event-stream"));
    assert!(head.contains("access-control-allow-origin: http://page.example"));
    assert!(head.contains("x-ratelimit-remaining-tokens-minute"));
    assert!(!head.contains("access-control-expose-headers"));
    let text = unchunked(&body);
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    assert!(text.contains("\"completion_tokens\":200"));
    let ledger = ledger(address).await;
    assert_eq!(ledger["requests"][0]["completion"], 200);
    assert_eq!(ledger["requests"][0]["outcome"], "complete");
    assert_eq!(ledger["in_flight"], 0);
}

#[tokio::test]
async fn an_answer_in_one_piece_adds_up() {
    let address = serve("--expose-headers").await;
    let (status, head, body) = exchange(address, "POST", CHAT, &auth(), &chat("What is TTFT?", false)).await;
    assert_eq!(status, 200);
    assert!(head.contains("access-control-expose-headers"));
    let answer: Value = serde_json::from_str(&body).unwrap();
    let usage = |name: &str| answer["usage"][name].as_u64().unwrap();
    assert_eq!(usage("prompt_tokens") + usage("completion_tokens"), usage("total_tokens"));
}

#[tokio::test]
async fn keys_preflights_and_lists_behave_as_the_provider_does() {
    let address = serve("").await;
    let origin = "Origin: http://page.example\r\n";
    let wrong = format!("Authorization: Bearer nonsense\r\n{origin}");
    let (status, head, _) = exchange(address, "GET", "/v1/models", &wrong, "").await;
    assert_eq!((status, head.contains("access-control-allow-origin")), (401, false));
    let (status, _, _) = exchange(address, "GET", "/v1/models", origin, "").await;
    assert_eq!(status, 403);
    let (status, head, body) = exchange(address, "GET", "/public/v1/models", origin, "").await;
    assert_eq!((status, head.contains("access-control-allow-origin")), (200, true));
    assert!(body.contains("(simulated)"));
    let ask = format!(
        "{origin}Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,x-odd\r\n"
    );
    let (status, head, _) = exchange(address, "OPTIONS", CHAT, &ask, "").await;
    assert_eq!(status, 204);
    assert!(head.contains("access-control-allow-headers: authorization,x-odd"));
}

#[tokio::test]
async fn faults_reach_the_wire() {
    let address = serve("--profile unlimited").await;
    let ask = |fault: &str| chat(&format!("[[sim:fault={fault}]] hi"), true);
    for (fault, status) in [("402", 402), ("404", 404), ("429-day:9", 429), ("503", 503), ("html", 403), ("413", 413)] {
        let (found, head, _) = exchange(address, "POST", CHAT, &auth(), &ask(fault)).await;
        assert_eq!(found, status, "{fault}");
        assert_eq!(head.contains("retry-after: 9"), status == 429, "{fault}");
    }
    let (_, _, cut) = exchange(address, "POST", CHAT, &auth(), &ask("cut:5")).await;
    assert!(!cut.ends_with("0\r\n\r\n"), "a broken connection has no last chunk");
    assert!(cut.contains("\"finish_reason\":null") && !cut.contains("[DONE]"));
    assert_eq!(ledger(address).await["requests"][0]["outcome"], "broken");
    let too_large = "x".repeat((8 << 20) + 2);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST {CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n", too_large.len(), auth());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(too_large.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
}

#[tokio::test]
async fn a_client_that_goes_away_is_charged_for_what_was_written() {
    let address = serve("--profile unlimited --tokens-per-second 100").await;
    let mut stream = send(address, "POST", CHAT, &auth(), &chat("[[sim:tokens=30000]]", true)).await;
    let mut some = [0; 4_096];
    stream.read_exact(&mut some).await.unwrap();
    assert_eq!(ledger(address).await["in_flight"], 1);
    drop(stream);
    let mut tries = 0;
    let ledger = loop {
        let ledger = ledger(address).await;
        if ledger["in_flight"] == 0 || tries == 100 {
            break ledger;
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let request = &ledger["requests"][0];
    assert_eq!(request["outcome"], "aborted");
    assert!((5..3_000).contains(&request["completion"].as_u64().unwrap()), "{request}");
}

#[tokio::test]
async fn a_reset_gives_a_fresh_account() {
    let address = serve("").await;
    exchange(address, "POST", CHAT, &auth(), &chat("hi", false)).await;
    assert_eq!(ledger(address).await["requests"].as_array().unwrap().len(), 1);
    assert_eq!(exchange(address, "POST", "/sim/reset", "", "").await.0, 204);
    assert_eq!(ledger(address).await["requests"], json!([]));
}
