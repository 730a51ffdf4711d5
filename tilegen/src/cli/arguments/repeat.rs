//! Arguments of `tilegen repeat`.

use clap::{ArgGroup, Args};
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::cli::arguments::values::{parse_interval, parse_time_of_day, parse_time_zone};
use crate::cli::schedule::Schedule;
use crate::config::period::Period;

#[derive(Args)]
#[command(group(ArgGroup::new("schedule").args(["every", "daily"]).required(true)))]
pub(crate) struct RepeatArgs {
    /// Run at this interval. Runs start at multiples of it: 10m starts at :00, :10, :20 and so on.
    #[arg(long, value_name = "PERIOD", value_parser = parse_interval)]
    every: Option<Period>,
    /// Run every day at this time, such as 08:30.
    #[arg(long, value_name = "TIME", value_parser = parse_time_of_day)]
    daily: Option<Time>,
    /// Time zone of --daily: a name from the IANA time zone database.
    #[arg(long, value_name = "ZONE", default_value = "Asia/Tehran", value_parser = parse_time_zone)]
    time_zone: TimeZone,
    /// The tilegen command to run and its arguments, after `--`, such as `density --orders …`.
    #[arg(value_name = "COMMAND", last = true, required = true)]
    pub(crate) job: Vec<String>,
}

impl RepeatArgs {
    pub(crate) fn schedule(&self) -> Schedule {
        match (self.every, self.daily) {
            (Some(period), _) => Schedule::Every(period),
            (None, time) => Schedule::Daily(time.unwrap_or_default(), self.time_zone.clone()),
        }
    }
}
