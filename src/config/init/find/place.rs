//! How a program is told its host and port, and which paths it answers, as far as its sources show it.
//!
//! Words are looked for, nothing is parsed: what is found is a guess, and whoever uses it tries it.

/// What tells a program its place.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub arguments: Vec<String>,
    pub env: Vec<(&'static str, &'static str)>,
    pub doubt: Option<&'static str>,
}

const PORTS: [&str; 4] = ["PORT", "HTTP_PORT", "SERVER_PORT", "APP_PORT"];
const HOSTS: [&str; 3] = ["HOST", "BIND_HOST", "SERVER_HOST"];
const ADDRESSES: [&str; 7] = ["ADDR", "LISTEN_ADDR", "BIND_ADDR", "HTTP_ADDR", "SERVER_ADDR", "LISTEN", "ADDRESS"];
/// Options with what they take.
const OPTIONS: [(&str, &str); 6] = [
    ("port", "{port}"),
    ("host", "{host}"),
    ("addr", "{host}:{port}"),
    ("listen", "{host}:{port}"),
    ("bind", "{host}:{port}"),
    ("address", "{host}:{port}"),
];
/// Ways to ask for the first argument.
const FIRST_ARGUMENT: [&str; 5] = ["sys.argv[1]", "process.argv[2]", "os.Args[1]", "args().nth(1)", "args[0]"];

/// The place as the sources read it: variables first, then options, then a bare argument.
pub(super) fn place(text: &str) -> Place {
    let mut place = Place::default();
    let read = |names: &[&'static str]| names.iter().copied().find(|name| reads_variable(text, name));
    if let Some(name) = read(&ADDRESSES) {
        place.env.push((name, "{host}:{port}"));
    }
    if let Some(name) = read(&PORTS) {
        place.env.push((name, "{port}"));
        place.env.extend(read(&HOSTS).map(|name| (name, "{host}")));
    }
    if !place.env.is_empty() {
        return place;
    }
    for (name, value) in OPTIONS {
        if let Some(dashes) = option(text, name) {
            place.arguments.extend([format!("{dashes}{name}"), value.to_owned()]);
        }
    }
    if place.arguments.iter().any(|word| word.contains("{port}")) {
        return place;
    }
    if FIRST_ARGUMENT.iter().any(|words| text.contains(words)) {
        place.arguments = vec!["{port}".to_owned()];
        place.doubt = Some("Its first argument is taken for its port.");
        return place;
    }
    place.arguments.clear();
    place.env = vec![("HOST", "{host}"), ("PORT", "{port}")];
    place.doubt = Some("It is assumed that the server reads HOST and PORT from its environment.");
    place
}

/// Whether that variable of the environment is read: `env.NAME`, or the name in quotes behind a word with `env` in it.
fn reads_variable(text: &str, name: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| {
        let (before, rest) = (&text[..at], &text[at + name.len()..]);
        if before.ends_with("env.") {
            return ends(rest);
        }
        let quoted = before.ends_with(['"', '\'']) && rest.starts_with(['"', '\'']);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let near: String = line.chars().rev().take(30).collect::<Vec<_>>().into_iter().rev().collect();
        quoted && near.to_lowercase().contains("env")
    })
}

/// The dashes of an option of that name: two where it is written so, one for Go's `flag`.
fn option(text: &str, name: &str) -> Option<&'static str> {
    let written = |quote: char| text.contains(&format!("{quote}--{name}{quote}"));
    if written('"') || written('\'') {
        return Some("--");
    }
    let is_flag = |line: &str| line.contains("flag.") && line.contains(&format!("\"{name}\""));
    text.lines().any(is_flag).then_some("-")
}

/// Words that stand before the path of a route that a GET asks for.
const ROUTES: [&str; 10] =
    ["get(", "GET(", "Get(", "GetMapping(", "route(", "HandleFunc(", "handleFunc(", "Handle(", "path(", "MapGet("];

/// Plain paths of routes, at most five, in the order of the text.
pub(super) fn routes(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let Some(path) = ROUTES.iter().find_map(|word| quoted_behind(line, word)) else { continue };
        let path = path.strip_prefix("GET ").unwrap_or(path);
        let is_django = line.trim_start().starts_with("path(") || line.contains("[path(") || line.contains(", path(");
        for part in if is_django { django_paths(line) } else { vec![path.to_owned()] } {
            let plain =
                part.starts_with('/') && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.".contains(&b));
            if plain && !found.contains(&part) {
                found.push(part);
            }
        }
    }
    found.truncate(5);
    found
}

/// The text in quotes right behind a word.
fn quoted_behind<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.split(word).skip(1).find_map(in_quotes)
}

/// The text in quotes that this begins with.
fn in_quotes(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| "\"'`".contains(*c))?;
    text[1..].split_once(quote).map(|(inside, _)| inside)
}

/// Django writes its paths without the slash, often several in a line.
fn django_paths(line: &str) -> Vec<String> {
    line.split("path(").skip(1).filter_map(in_quotes).map(|path| format!("/{path}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_read_from_the_sources() {
        let told = |text: &str| {
            let place = place(text);
            let env: Vec<String> = place.env.iter().map(|(name, value)| format!("{name}={value} ")).collect();
            env.concat() + &place.arguments.join(" ")
        };
        for (text, expected) in [
            ("app.listen(process.env.PORT || 3000)", "PORT={port} "),
            ("const { env } = process; listen(env.HTTP_PORT, env.HOST)", "HTTP_PORT={port} HOST={host} "),
            ("os.Getenv(\"LISTEN_ADDR\")", "LISTEN_ADDR={host}:{port} "),
            ("port = int(os.environ.get('PORT', '8000'))", "PORT={port} "),
            ("std::env::var(\"PORT\")", "PORT={port} "),
            ("addr := flag.String(\"addr\", \":8080\", \"where\")", "-addr {host}:{port}"),
            ("parser.add_argument('--port', type=int)\nparser.add_argument(\"--host\")", "--port {port} --host {host}"),
            ("HTTPServer(('', int(sys.argv[1])), H)", "{port}"),
            ("const PORT = 3000; listen(PORT)", "HOST={host} PORT={port} "),
            ("env.PORTAL", "HOST={host} PORT={port} "),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn routes_without_parameters_are_found() {
        let text = "@app.get(\"/items\")\napp.get('/items/:id', x)\nr.GET(\"/up\", h)\nr.POST(\"/new\", h)\n\
                    mux.HandleFunc(\"GET /go\", h)\n.route(\"/axum\", get(list))\n@GetMapping(\"/spring\")\n\
                    urlpatterns = [path(\"dj\", a), path('dj2/', b), path(\"i/<int:n>\", c)]\napp.get(\"/items\")\n";
        assert_eq!(routes(text), ["/items", "/up", "/go", "/axum", "/spring"]);
        assert_eq!(
            routes("urlpatterns = [path(\"dj\", a), path('dj2/', b), path(\"i/<int:n>\", c)]"),
            ["/dj", "/dj2/"]
        );
    }
}
