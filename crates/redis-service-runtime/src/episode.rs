/// Something that may last, such as an outage, and is logged once when it begins and once when it ends.
///
/// ```
/// # use redis_service_runtime::Episode;
/// let mut outage = Episode::default();
/// assert!(outage.begins());
/// assert!(!outage.begins(), "it goes on");
/// assert!(outage.ends());
/// assert!(!outage.ends(), "it is over");
/// ```
#[derive(Debug, Default)]
pub struct Episode {
    is_on: bool,
}

impl Episode {
    /// Notes that it is on. Returns whether it was not before.
    #[must_use]
    pub fn begins(&mut self) -> bool {
        !std::mem::replace(&mut self.is_on, true)
    }

    /// Notes that it is over. Returns whether it was on before.
    #[must_use]
    pub fn ends(&mut self) -> bool {
        std::mem::take(&mut self.is_on)
    }
}
