//! All desks: those of `sgi.toml` and those that were made through the service.

use super::{Registry, RegistryError, StoredDesk};
use sgi_host::DeskSettings;
use sgi_host::config::{Config, DeskEntry};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// The desks that are configured outside of the store.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one, for as long as somebody looks"
)]
pub enum Configured<'a> {
    /// In a file.
    File(Cow<'a, Config>),
    /// By the program that has the service inside: these, and no others.
    Fixed(&'a [DeskSettings]),
}

impl<'a> From<&'a Config> for Configured<'a> {
    fn from(config: &'a Config) -> Self {
        Self::File(Cow::Borrowed(config))
    }
}

impl Configured<'_> {
    fn desks(&self) -> Vec<KnownDesk> {
        match self {
            Self::File(config) => {
                let entries = config.desks.iter();
                let desks = entries.map(|(name, entry)| KnownDesk {
                    name: name.clone(),
                    origin: Origin::File(Box::new(entry.clone())),
                });
                desks.collect()
            }
            Self::Fixed(desks) => {
                let desks = desks.iter().map(|desk| KnownDesk {
                    name: desk.name.clone(),
                    origin: Origin::Fixed(Box::new(desk.clone())),
                });
                desks.collect()
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::File(config) => config.desks.contains_key(name),
            Self::Fixed(desks) => desks.iter().any(|desk| desk.name == name),
        }
    }

    fn place(&self) -> PathBuf {
        match self {
            Self::File(config) => config.file.clone(),
            Self::Fixed(_) => PathBuf::from("the settings of this program"),
        }
    }

    /// Whether a desk of this name may be made: none is configured.
    ///
    /// # Errors
    /// [`RegistryError::InFile`].
    pub fn free(&self, name: &str) -> Result<(), RegistryError> {
        match self.has(name) {
            false => Ok(()),
            true => Err(RegistryError::InFile {
                desk: name.to_owned(),
                file: self.place(),
            }),
        }
    }
}

/// All desks, and what is wrong with the second place that they come from.
#[derive(Debug, Default)]
pub struct Desks {
    /// Those of the file in its order, then those of the store by name.
    pub desks: Vec<KnownDesk>,
    /// Why the store could not be read. The file's desks go on working.
    pub store: Option<RegistryError>,
}

/// A desk.
#[derive(Debug)]
pub struct KnownDesk {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a desk comes from.
#[derive(Debug)]
pub enum Origin {
    /// From `sgi.toml`: nobody but its editor changes it.
    File(Box<DeskEntry>),
    /// From the program that has the service inside.
    Fixed(Box<DeskSettings>),
    /// From the store.
    Store(Box<StoredDesk>),
    /// From two places: whichever was taken, the other one might be meant.
    Twice {
        /// Which.
        clash: Clash,
        /// Whether one of the two is active.
        active: bool,
        /// Whether the connector of one of the two is that for Request Tracker.
        rt: bool,
    },
}

/// A name that stands in both places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there are two desks {name:?}: one in {}, and one that was made through the service, in {}; as long as \
     there are, neither is opened: remove or rename the first, or remove the second with `sgi config remove \
     {name}`",
    .file.display(),
    .store.display()
)]
pub struct Clash {
    /// The name.
    pub name: String,
    /// The file that has it.
    pub file: PathBuf,
    /// The database that has it.
    pub store: PathBuf,
}

impl KnownDesk {
    /// When false, nothing is asked.
    pub fn active(&self) -> bool {
        match &self.origin {
            Origin::File(entry) => entry.active(),
            Origin::Fixed(settings) => settings.active,
            Origin::Store(desk) => desk.active(),
            Origin::Twice { active, .. } => *active,
        }
    }

    /// Whether its connector is that for Request Tracker.
    pub fn is_rt(&self) -> bool {
        match &self.origin {
            Origin::File(entry) => entry.is_rt(),
            Origin::Fixed(settings) => settings.is_rt(),
            Origin::Store(desk) => desk.entry.as_ref().is_ok_and(DeskEntry::is_rt),
            Origin::Twice { rt, .. } => *rt,
        }
    }

    /// Whether it was made through the service.
    pub fn is_stored(&self) -> bool {
        matches!(self.origin, Origin::Store(_))
    }

    /// The settings, with their secrets.
    ///
    /// # Errors
    /// They are wrong, or a secret cannot be had.
    pub fn settings(&self) -> Result<DeskSettings, RegistryError> {
        match &self.origin {
            Origin::File(entry) => Ok(entry.settings()?),
            Origin::Fixed(settings) => Ok((**settings).clone()),
            Origin::Store(desk) => desk.settings(),
            Origin::Twice { clash, .. } => Err(clash.clone().into()),
        }
    }
}

impl Desks {
    /// The desks of a configuration, and of the registry where there is one.
    pub async fn of<'a>(
        configured: impl Into<Configured<'a>>,
        registry: Option<&Registry>,
    ) -> Self {
        let configured = configured.into();
        let mut all = Self {
            desks: configured.desks(),
            ..Self::default()
        };
        let Some(registry) = registry else {
            return all;
        };
        match registry.desks().await {
            Ok(stored) => all.add(&configured, registry, stored),
            Err(error) => all.store = Some(error),
        }
        all
    }

    /// The same, with the registry of a state folder. None is made.
    pub async fn in_folder(
        config: &Config,
        state_dir: Option<&Path>,
        key_file: Option<&Path>,
    ) -> Self {
        let registry = match state_dir {
            Some(folder) => Registry::open_existing(folder, key_file).await,
            None => Ok(None),
        };
        match registry {
            Ok(registry) => Self::of(config, registry.as_ref()).await,
            Err(error) => Self {
                store: Some(error),
                ..Self::of(config, None).await
            },
        }
    }

    /// The desk of that name.
    pub fn get(&self, name: &str) -> Option<&KnownDesk> {
        self.desks.iter().find(|desk| desk.name == name)
    }

    fn add(&mut self, configured: &Configured<'_>, registry: &Registry, stored: Vec<StoredDesk>) {
        for desk in stored {
            let desk = KnownDesk {
                name: desk.name.clone(),
                origin: Origin::Store(Box::new(desk)),
            };
            match self.desks.iter_mut().find(|other| other.name == desk.name) {
                None => self.desks.push(desk),
                Some(other) => {
                    other.origin = Origin::Twice {
                        clash: Clash {
                            name: desk.name.clone(),
                            file: configured.place(),
                            store: registry.database().place().into(),
                        },
                        active: other.active() || desk.active(),
                        rt: other.is_rt() || desk.is_rt(),
                    };
                }
            }
        }
    }
}
