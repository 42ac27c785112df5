//! Playing a corpus to a real socket: what is sent, in which order, and what becomes of the answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use pianoprof::interrupt::Interrupt;
use pianoprof::parity::{self, Content, Corpus, Error, Outcome};
use serde_json::json;

/// A server that gives each connection the next of the answers; its URL and what it was asked.
fn server(answers: &'static [&'static str]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (heard, asked) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            heard.send(request(&mut stream)).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, asked)
}

/// The request line, the interesting headers and the body of one request.
fn request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut told, mut length, mut chunked) = (String::new(), 0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let lower = line.trim_end().to_ascii_lowercase();
        if told.is_empty() {
            line.trim_end().clone_into(&mut told);
        } else if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        } else if lower == "transfer-encoding: chunked" {
            chunked = true;
        } else if lower.starts_with("authorization:") {
            told = format!("{told} | {}", line.trim_end());
        } else if lower.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    while chunked && !body.ends_with(b"0\r\n\r\n") {
        let more = reader.fill_buf().unwrap().to_vec();
        reader.consume(more.len());
        body.extend(more);
    }
    format!("{told} | {}", String::from_utf8_lossy(&body))
}

fn corpus(requests: &serde_json::Value) -> Corpus {
    Corpus::from_json(&json!({ "requests": requests }), &[]).unwrap()
}

#[test]
fn requests_go_out_in_order_with_the_ids_of_earlier_answers() {
    let (url, asked) = server(&[
        "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 8\r\n\r\n{\"id\":7}",
        "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 4\r\n\r\noops",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut off",
    ]);
    let expect = json!({"status": 200});
    let corpus = corpus(&json!([
        {"name": "make", "method": "POST", "path": "/e", "headers": {"Authorization": "Bearer t"}, "body": {"text": "{"}, "expect": expect},
        {"name": "see", "path": "/e/{id_of:make}?x=%00", "expect": expect},
        {"name": "chunks", "method": "PUT", "path": "/e", "body": {"json": {"e": "{id_of:make}"}}, "chunked": true, "expect": expect},
        {"name": "cut", "path": "//e", "expect": expect},
        {"name": "no_id", "path": "/e/{id_of:see}", "expect": expect},
    ]));
    let answers = parity::play(&corpus, &url, &Interrupt::new()).unwrap();
    let asked: Vec<String> = asked.iter().collect();
    assert_eq!(asked[0], "POST /e HTTP/1.1 | Authorization: Bearer t | {");
    assert_eq!(asked[1], "GET /e/7?x=%00 HTTP/1.1 | ");
    assert!(asked[2].starts_with("PUT /e HTTP/1.1 | ") && asked[2].contains("{\"e\":7}\r\n0\r\n"), "{}", asked[2]);
    assert_eq!(asked[3], "GET //e HTTP/1.1 | ");
    assert_eq!(asked.len(), 4, "a redirect is followed, or a request without its id is sent");

    let Outcome::Answered { status: 201, media_type, allow: None, content, .. } = &answers[0].outcome else {
        panic!("{answers:?}")
    };
    assert_eq!((media_type.as_deref(), content), (Some("application/json"), &Content::Json(json!({"id": 7}))));
    assert!(matches!(answers[1].outcome, Outcome::Answered { status: 302, content: Content::Empty, .. }));
    let Outcome::Answered { allow: Some(allow), content: Content::Text(text), .. } = &answers[2].outcome else {
        panic!("{answers:?}")
    };
    assert_eq!((allow.len(), text.as_str()), (2, "oops"));
    for (answer, words) in [(&answers[3], "no whole answer"), (&answers[4], "'see' had no id")] {
        let Outcome::Failed(why) = &answer.outcome else { panic!("{answer:?}") };
        assert!(why.contains(words) && !why.contains("127.0.0.1"), "{why}");
    }
}

#[test]
fn an_interrupt_ends_the_play() {
    let interrupt = Interrupt::new();
    interrupt.set(2);
    let corpus = corpus(&json!([{"name": "a", "path": "/", "expect": {"status": 200}}]));
    assert!(matches!(parity::play(&corpus, "http://127.0.0.1:1", &interrupt), Err(Error::Interrupted)));
}
