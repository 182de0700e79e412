//! What a test is to the harness.

use std::{future::Future, pin::Pin, sync::Arc};

use crate::{bidi::Bidi, browser::Browser, page::Page, trap::Trap};

/// What a test gets: a page where nothing was stored yet, and the witnesses of what must not happen.
#[derive(Clone)]
pub struct Session {
    /// Which browser this is.
    pub browser: Browser,
    /// The page.
    pub page: Page,
    /// The console and the requests of the page.
    pub bidi: Arc<Bidi>,
    /// Requests to other machines.
    pub trap: Arc<Trap>,
}

/// A test: its name, what it does, and whether it makes noise on purpose.
pub struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Session) -> Pin<Box<dyn Future<Output = ()> + Send>>,
    pub(crate) noise: Noise,
}

/// What a test may leave in the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// Nothing.
    None,
    /// What browsers themselves write there when a server refuses or cannot be reached. No page can keep them from it.
    FailedLoads,
    /// Anything: the test provokes what the harness otherwise forbids, and checks it itself.
    Any,
}

impl Case {
    /// A test that leaves the console empty and bothers nobody.
    pub const fn new(name: &'static str, run: fn(Session) -> Pin<Box<dyn Future<Output = ()> + Send>>) -> Self {
        Self { name, run, noise: Noise::None }
    }

    /// A test that provokes what the harness otherwise forbids, and checks it itself.
    #[must_use]
    pub const fn noisy(mut self) -> Self {
        self.noise = Noise::Any;
        self
    }

    /// A test in which a server refuses or is not there.
    #[must_use]
    pub const fn refused(mut self) -> Self {
        self.noise = Noise::FailedLoads;
        self
    }
}

/// Makes a [`Case`] of an async function; the function's name is the test's name.
#[macro_export]
macro_rules! case {
    ($module:ident :: $name:ident) => {
        $crate::Case::new(stringify!($name), |session| Box::pin($module::$name(session)))
    };
}
