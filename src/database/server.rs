//! The server behind the databases: a private one of ours, or the user's own behind `[database] url`.

use std::str::FromStr;

use postgres::Config;
use url::Url;

use super::Error;
use super::cluster::Cluster;
use super::presence::Presence;
use crate::model::secret::Secret;

/// A server that databases are made on.
pub enum Server {
    /// Ours.
    Private(Cluster),
    /// The user's own.
    Own {
        /// Its URL as given.
        url: Box<Url>,
        /// The same for our own connections.
        config: Box<Config>,
        /// The database that the URL names: where databases are made and dropped from.
        home: String,
        /// What keeps our databases from other runs; `None` until it was taken.
        presence: Option<Box<Presence>>,
    },
}

impl Server {
    /// The user's own server; nothing is asked of it yet.
    pub fn own(url: &Secret) -> Result<Self, Error> {
        let refused = |why: &str| Error::Url { why: why.to_owned() };
        let parsed = Url::parse(url.reveal()).map_err(|error| refused(&error.to_string()))?;
        if !matches!(parsed.scheme(), "postgres" | "postgresql") {
            return Err(refused("another scheme"));
        }
        let config = Config::from_str(url.reveal()).map_err(|error| refused(&describe(&error)))?;
        let home = config.get_dbname().or(config.get_user()).unwrap_or("postgres").to_owned();
        Ok(Self::Own { url: Box::new(parsed), config: Box::new(config), home, presence: None })
    }

    /// The server, where it is ours.
    pub fn private(&self) -> Option<&Cluster> {
        match self {
            Self::Private(cluster) => Some(cluster),
            Self::Own { .. } => None,
        }
    }

    /// How to connect, without a database.
    pub fn config(&self) -> Config {
        match self {
            Self::Private(cluster) => cluster.config(),
            Self::Own { config, .. } => (**config).clone(),
        }
    }

    /// Shows other runs on a server of the user's own that databases with that number are in use; of a private server
    /// nobody else knows.
    pub fn claim(&mut self, number: u32) -> Result<(), Error> {
        if let Self::Own { config, home, presence, .. } = self {
            *presence = Some(Box::new(Presence::take(config, home, number)?));
        }
        Ok(())
    }

    /// How often it has so far ended all its processes and begun anew.
    pub fn restarts(&mut self) -> Result<u64, Error> {
        match self {
            Self::Private(cluster) => Ok(cluster.crashes()),
            Self::Own { config, home, presence: Some(presence), .. } => presence.restarts(config, home),
            Self::Own { presence: None, .. } => Ok(0),
        }
    }

    /// The database that others are made and dropped from.
    pub fn home(&self) -> &str {
        match self {
            Self::Private(_) => "postgres",
            Self::Own { home, .. } => home,
        }
    }

    /// The URL of one database on it, password included.
    pub fn url(&self, database: &str) -> Secret {
        match self {
            Self::Private(cluster) => Secret::new(format!("{}{database}", cluster.url().reveal())),
            Self::Own { url, .. } => {
                let mut url = (**url).clone();
                url.set_path(&format!("/{database}"));
                Secret::new(url)
            }
        }
    }
}

/// The parser's message with its cause; neither repeats the URL's values.
fn describe(error: &postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_takes_the_place_of_the_urls_own() {
        let server = Server::own(&Secret::new("postgresql://me:s%40crt@db.example:5433/mine?sslmode=disable")).unwrap();
        assert_eq!(server.home(), "mine");
        assert_eq!(
            server.url("pianoprof_x").reveal(),
            "postgresql://me:s%40crt@db.example:5433/pianoprof_x?sslmode=disable"
        );
    }

    #[test]
    fn a_bad_url_is_refused_without_its_password() {
        for bad in ["mysql://me:hunter2@h/d", "host=h password=hunter2", "postgresql://me:hunter2@h/d?nonsense=1"] {
            let Err(error) = Server::own(&Secret::new(bad)) else { panic!("{bad} was taken") };
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
