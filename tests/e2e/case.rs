//! Test cases as the harness sees them.

use std::{future::Future, pin::Pin, sync::Arc};

use crate::{bidi::Bidi, browser::Browser, page::Page, trap::Trap};

/// What a test gets: a page without stored data, and the recorders that check what must not happen.
#[derive(Clone)]
pub struct Session {
    /// Which browser this is.
    pub browser: Browser,
    /// The page under test.
    pub page: Page,
    /// The page's console and requests.
    pub bidi: Arc<Bidi>,
    /// Requests to other machines.
    pub trap: Arc<Trap>,
}

/// A test: its name, its code, and the noise it is allowed to make.
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
    /// What browsers themselves write there when a server rejects a request or cannot be reached. No page can prevent
    /// it.
    FailedLoads,
    /// Anything: the test provokes what the harness otherwise forbids, and checks it itself.
    Any,
}

impl Case {
    /// A test that leaves the console empty and contacts no other machine.
    pub const fn new(name: &'static str, run: fn(Session) -> Pin<Box<dyn Future<Output = ()> + Send>>) -> Self {
        Self { name, run, noise: Noise::None }
    }

    /// A test that provokes what the harness otherwise forbids, and checks it itself.
    #[must_use]
    pub const fn noisy(mut self) -> Self {
        self.noise = Noise::Any;
        self
    }

    /// A test in which a server rejects requests or is not there.
    #[must_use]
    pub const fn refused(mut self) -> Self {
        self.noise = Noise::FailedLoads;
        self
    }
}

/// Makes a [`Case`] from an async function; the function's name is the test's name.
#[macro_export]
macro_rules! case {
    ($module:ident :: $name:ident) => {
        $crate::Case::new(stringify!($name), |session| Box::pin($module::$name(session)))
    };
}
