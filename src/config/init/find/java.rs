//! Servers on the Java machine: Spring Boot as one archive, others by their classes.

use std::path::Path;

use super::place::place;
use super::sources::{self, Source, joined};
use super::{Guess, argv, plain_name, read};

pub(super) fn guess(dir: &Path) -> Option<Guess> {
    maven(dir).or_else(|| gradle(dir))
}

fn maven(dir: &Path) -> Option<Guess> {
    let pom = read(dir, "pom.xml")?;
    let own = without_parent(&pom);
    let maven = if dir.join("mvnw").is_file() { "./mvnw" } else { "mvn" };
    let sources = java_sources(dir);
    if pom.contains("spring-boot") {
        let artifact = tag(&own, "artifactId").and_then(plain_name)?;
        let version = tag(&own, "version").or_else(|| tag(&pom, "version")).and_then(plain_name)?;
        let name = tag(&own, "finalName").and_then(plain_name).map_or(format!("{artifact}-{version}"), str::to_owned);
        let build = argv(&[maven, "-q", "-B", "-DskipTests", "package"]);
        return Some(spring("pom.xml", &format!("target/{name}.jar"), build, &sources));
    }
    let main = main_class(&sources)?;
    let build = argv(&[maven, "-q", "-B", "-DskipTests", "package", "dependency:copy-dependencies"]);
    let command = argv(&["java", "-cp", "target/classes:target/dependency/*", &main]);
    Some(by_classes("pom.xml", &pom, command, build, &sources))
}

fn gradle(dir: &Path) -> Option<Guess> {
    let (from, script) =
        ["build.gradle.kts", "build.gradle"].into_iter().find_map(|name| Some((name, read(dir, name)?)))?;
    let gradle = if dir.join("gradlew").is_file() { "./gradlew" } else { "gradle" };
    let sources = java_sources(dir);
    if script.contains("org.springframework.boot") {
        let settings = read(dir, "settings.gradle.kts").or_else(|| read(dir, "settings.gradle")).unwrap_or_default();
        let name =
            quoted(&settings, "rootProject.name").and_then(plain_name).map_or_else(|| folder_name(dir), str::to_owned);
        let version = quoted(&script, "version").and_then(plain_name).map(|version| format!("-{version}"));
        let jar = format!("build/libs/{name}{}.jar", version.unwrap_or_default());
        return Some(spring(from, &jar, argv(&[gradle, "-q", "bootJar"]), &sources));
    }
    let main = main_class(&sources)?;
    let name = folder_name(dir);
    let command = argv(&["java", "-cp", &format!("build/install/{name}/lib/*"), &main]);
    Some(by_classes(from, &script, command, argv(&[gradle, "-q", "installDist"]), &sources))
}

fn spring(from: &str, jar: &str, build: Vec<String>, sources: &[Source]) -> Guess {
    let command = argv(&["java", "-jar", jar, "--server.address={host}", "--server.port={port}"]);
    let guess = Guess::new("spring", from, command).routes(&joined(sources));
    let mut guess = Guess { build: Some(build), ..guess };
    if joined(sources).contains("RestController") {
        guess.routes.push("/actuator/health".to_owned());
    }
    guess
}

fn by_classes(from: &str, needs: &str, command: Vec<String>, build: Vec<String>, sources: &[Source]) -> Guess {
    let known = [
        ("javalin", "javalin"),
        ("quarkus", "quarkus"),
        ("vertx", "vertx"),
        ("micronaut", "micronaut"),
        ("ktor", "ktor"),
    ];
    let name = known.into_iter().find(|(word, _)| needs.contains(word)).map_or("java", |(_, name)| name);
    let text = joined(sources);
    Guess { build: Some(build), ..Guess::new(name, from, command).placed(place(&text)).routes(&text) }
}

fn java_sources(dir: &Path) -> Vec<Source> {
    sources::below(&dir.join("src/main"), &["java", "kt"])
}

/// The class that has `main`, with its package.
fn main_class(sources: &[Source]) -> Option<String> {
    let (file, text) =
        sources.iter().find(|(_, text)| text.contains("static void main(") || text.contains("fun main("))?;
    let package = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("package "))
        .map(|name| name.trim_end_matches(';').trim());
    let stem = file.rsplit('/').next()?;
    let class = match stem.rsplit_once('.')? {
        (stem, "kt") => format!("{stem}Kt"),
        (stem, _) => stem.to_owned(),
    };
    let name = package.map_or(class.clone(), |package| format!("{package}.{class}"));
    plain_name(&name).map(str::to_owned)
}

/// A project's description without the part that describes its parent, dependencies and plugins.
fn without_parent(pom: &str) -> String {
    let mut text = pom.to_owned();
    for part in ["parent", "dependencies", "dependencyManagement", "plugins", "properties"] {
        let (open, close) = (format!("<{part}>"), format!("</{part}>"));
        while let Some((head, rest)) = text.split_once(&open) {
            let Some((_, tail)) = rest.split_once(&close) else { break };
            text = format!("{head}{tail}");
        }
    }
    text
}

fn tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once("</").map(|(value, _)| value.trim())
}

/// The text in quotes behind a word at the start of a line.
fn quoted<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(word))?;
    line.split(['"', '\'']).nth(1)
}

fn folder_name(dir: &Path) -> String {
    let absolute = std::path::absolute(dir).unwrap_or_default();
    let name = absolute.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    plain_name(&name).unwrap_or("app").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_told_from_its_parent() {
        let pom = "<project><parent><artifactId>p</artifactId><version>1</version></parent>\
                   <artifactId>shop</artifactId><version>2</version><dependencies><dependency><artifactId>d</artifactId>\
                   </dependency></dependencies></project>";
        let own = without_parent(pom);
        assert_eq!((tag(&own, "artifactId"), tag(&own, "version")), (Some("shop"), Some("2")));
        assert_eq!(quoted("rootProject.name = \"x\"", "rootProject.name"), Some("x"));
    }
}
