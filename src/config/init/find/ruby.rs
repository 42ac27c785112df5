//! Servers in Ruby: Rails, or whatever `config.ru` holds.

use std::path::Path;

use super::sources::{self, joined};
use super::{Guess, argv, read};

pub(super) fn guess(dir: &Path) -> Option<Guess> {
    let gems = read(dir, "Gemfile")?;
    let is_rails = dir.join("config/application.rb").is_file() && gems.contains("rails");
    let sources = joined(&sources::below(dir, &["rb", "ru"]));
    if is_rails {
        let command = argv(&["bundle", "exec", "rails", "server", "--binding", "{host}", "--port", "{port}"]);
        let mut guess = Guess::new("rails", "Gemfile", command).doubt(
            "In production it needs its secrets and its database; SECRET_KEY_BASE_DUMMY stands for the secrets.",
        );
        guess.env = vec![("RAILS_ENV", "production"), ("SECRET_KEY_BASE_DUMMY", "1")];
        guess.routes = vec!["/up".to_owned()];
        return Some(guess);
    }
    if !dir.join("config.ru").is_file() {
        return None;
    }
    let command = if gems.contains("puma") {
        argv(&["bundle", "exec", "puma", "--bind", "tcp://{host}:{port}", "--environment", "production"])
    } else {
        argv(&["bundle", "exec", "rackup", "--host", "{host}", "--port", "{port}", "--env", "production"])
    };
    let name = if gems.contains("sinatra") { "sinatra" } else { "ruby" };
    Some(Guess::new(name, "Gemfile", command).routes(&sources))
}
