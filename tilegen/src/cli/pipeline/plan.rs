//! The steps of a run, and the arguments of each.

use std::path::PathBuf;

use super::step::{Folder, Step};
use crate::cli::arguments::{PipelineArgs, RunOrdersArgs};
use crate::config::Config;
use crate::fetch::vendors::newest_file;
use crate::store::local_path;

/// Days before today whose count is compared with that of the source, if it counts.
const RECHECKED_DAYS: &str = "3";

/// Folders and files that are read as local files, and the arguments that name them.
const AREA_FOLDERS: [(&str, &str); 3] =
    [("areas", "--areas"), ("regions", "--regions"), ("neighbourhoods", "--neighbourhoods")];

/// What a run does.
#[derive(Clone, Copy)]
pub(super) enum Plan<'a> {
    /// Everything that follows from orders.
    Orders(&'a RunOrdersArgs),
    /// Everything that follows from vendors.
    Snapshot(&'a PipelineArgs),
}

impl<'a> Plan<'a> {
    pub(super) const fn job(self) -> &'static str {
        match self {
            Self::Orders(_) => "orders",
            Self::Snapshot(_) => "snapshot",
        }
    }

    pub(super) const fn args(self) -> &'a PipelineArgs {
        match self {
            Self::Orders(args) => &args.common,
            Self::Snapshot(args) => args,
        }
    }

    /// The steps that bring inputs, as far as sources are configured.
    pub(super) fn fetches(self, config: &Config) -> Vec<Step> {
        let fetch = &config.fetch;
        match self {
            Self::Orders(args) => {
                let counts = fetch.orders.as_ref().map(|source| source.request.counts());
                counts.map(|counts| self.fetch_orders(args, counts)).into_iter().collect()
            }
            Self::Snapshot(_) => [
                ("fetch vendors", !fetch.vendors.is_empty()),
                ("fetch grades", fetch.grades.is_some()),
                ("fetch targets", fetch.targets.is_some()),
                ("fetch areas", fetch.areas.is_some()),
            ]
            .into_iter()
            .filter(|(_, is_configured)| *is_configured)
            .map(|(name, _)| self.fetch_step(name))
            .collect(),
        }
    }

    /// A step such as `fetch orders`.
    fn fetch_step(self, name: &'static str) -> Step {
        let args = self.args();
        let is_file = !matches!(name, "fetch orders" | "fetch vendors");
        let into = if is_file { self.files().display().to_string() } else { args.inputs.clone() };
        let mut arguments: Vec<String> = name.split(' ').map(str::to_owned).collect();
        arguments.extend(["--into".to_owned(), into]);
        arguments.extend(self.shared());
        arguments.extend(self.temporary());
        Step { name, arguments, reads: Vec::new(), has_report: true }
    }

    fn fetch_orders(self, args: &RunOrdersArgs, counts: bool) -> Step {
        let mut step = self.fetch_step("fetch orders");
        step.arguments.push("--missing".to_owned());
        if let Some(since) = args.since {
            step.arguments.extend(["--since".to_owned(), since.to_string()]);
        }
        if counts {
            step.arguments.extend(["--recheck-days", RECHECKED_DAYS].map(str::to_owned));
        }
        step
    }

    /// The steps that publish, and the removal of what is no longer needed.
    pub(super) fn builds(self, config: &Config) -> anyhow::Result<Vec<Step>> {
        let mut steps = match self {
            Self::Orders(args) => self.order_steps(args, config),
            Self::Snapshot(_) => vec![self.snapshot_step(config)?],
        };
        let args = self.args();
        let retire = [
            "catalog",
            "retire",
            "--store",
            args.store.address.as_str(),
            "--keep",
            args.keep.as_str(),
        ];
        let arguments = retire.map(str::to_owned).to_vec();
        steps.push(Step { name: "retire", arguments, reads: Vec::new(), has_report: false });
        Ok(steps)
    }

    fn order_steps(self, args: &RunOrdersArgs, config: &Config) -> Vec<Step> {
        let (areas, folders) = self.area_folders();
        let mut steps = vec![self.order_step("density", args, &config.run.density)];
        if let Some(timeline) = &config.run.timeline {
            let mut step = self.order_step("timeline", args, timeline);
            step.arguments.extend(areas.clone());
            step.reads.extend(folders.clone());
            steps.push(step);
        }
        if areas.is_empty() {
            tracing::info!("there is no folder of areas, so no statistics of areas are built");
            return steps;
        }
        let mut step = self.order_step("area-stats", args, &config.run.area_stats);
        step.arguments.extend(areas);
        step.reads.extend(folders);
        steps.push(step);
        steps
    }

    fn order_step(self, name: &'static str, args: &RunOrdersArgs, more: &[String]) -> Step {
        let inputs = args.common.inputs.trim_end_matches('/');
        let mut arguments =
            vec![name.to_owned(), "--orders".to_owned(), format!("{inputs}/orders")];
        if let Some(memory) = args.memory {
            arguments.extend(["--memory".to_owned(), memory.to_string()]);
        }
        arguments.extend(self.temporary());
        arguments.extend(self.output());
        arguments.extend(more.iter().cloned());
        Step { name, arguments, reads: vec![self.input("orders")], has_report: true }
    }

    fn snapshot_step(self, config: &Config) -> anyhow::Result<Step> {
        let args = self.args();
        let inputs = args.inputs.trim_end_matches('/');
        let joined = if config.fetch.vendors.is_empty() { None } else { newest_file(inputs)? };
        let vendors = joined.unwrap_or_else(|| format!("{inputs}/{}", args.vendors));
        let mut arguments = vec!["snapshot".to_owned(), "--vendors".to_owned(), vendors];
        let (areas, mut reads) = self.area_folders();
        arguments.extend(areas);
        reads.push(self.input("vendors"));
        for grades in self.grades() {
            arguments.extend(["--grades".to_owned(), grades.display().to_string()]);
        }
        let targets = self.files().join("targets");
        if targets.is_dir() {
            arguments.extend(["--targets".to_owned(), targets.display().to_string()]);
            reads.push(self.folder("targets"));
        }
        arguments.extend(self.output());
        arguments.extend(config.run.snapshot.iter().cloned());
        Ok(Step { name: "snapshot", arguments, reads, has_report: true })
    }

    /// The folder of inputs that are read as local files.
    fn files(self) -> PathBuf {
        let args = self.args();
        let default = || local_path(&args.inputs).unwrap_or_else(std::env::temp_dir);
        args.files.clone().unwrap_or_else(default)
    }

    /// The grades files: `grades.csv`, `grades_b.csv` and so on, in the order of their names.
    fn grades(self) -> Vec<PathBuf> {
        let is_grades = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with("grades") && name.to_lowercase().ends_with(".csv")
        };
        let files = std::fs::read_dir(self.files()).into_iter().flatten();
        let mut grades: Vec<_> =
            files.filter_map(|file| Some(file.ok()?.path())).filter(is_grades).collect();
        grades.sort_unstable();
        grades
    }

    /// The arguments of the folders of areas that exist, and the folders.
    fn area_folders(self) -> (Vec<String>, Vec<Folder>) {
        let found = AREA_FOLDERS.into_iter().filter(|(name, _)| self.files().join(name).is_dir());
        let argument = |(name, argument): (&str, &str)| {
            [argument.to_owned(), self.files().join(name).display().to_string()]
        };
        let (arguments, folders): (Vec<_>, Vec<_>) =
            found.map(|found| (argument(found), self.folder(found.0))).unzip();
        (arguments.concat(), folders)
    }

    fn folder(self, name: &str) -> Folder {
        Folder { store: self.files().display().to_string(), name: name.to_owned() }
    }

    fn input(self, name: &str) -> Folder {
        Folder { store: self.args().inputs.clone(), name: name.to_owned() }
    }

    /// Arguments that every command takes.
    fn shared(self) -> Vec<String> {
        let args = self.args();
        let config = args.config.file.as_ref().map(|config| config.display().to_string());
        let config = config.map(|config| ["--config".to_owned(), config]);
        let now = args.clock.now.map(|now| ["--now".to_owned(), now.to_string()]);
        config.into_iter().chain(now).flatten().collect()
    }

    fn temporary(self) -> Vec<String> {
        let folder =
            self.args().temporary.folder.as_ref().map(|folder| folder.display().to_string());
        folder.map(|folder| ["--temporary".to_owned(), folder]).into_iter().flatten().collect()
    }

    /// Arguments that every build takes.
    fn output(self) -> Vec<String> {
        let args = self.args();
        let mut arguments = self.shared();
        arguments.extend(["--store".to_owned(), args.store.address.clone()]);
        let texts = [("--every", &args.every), ("--lease", &args.lease)];
        for (name, value) in texts {
            arguments.extend(value.iter().flat_map(|value| [name.to_owned(), value.clone()]));
        }
        for accept in &args.accept {
            arguments.extend(["--accept".to_owned(), accept.clone()]);
        }
        if args.strict {
            arguments.push("--strict".to_owned());
        }
        for cache in &args.purge_varnish {
            arguments.extend(["--purge-varnish".to_owned(), cache.clone()]);
        }
        if let Some(program) = &args.after_publish {
            arguments.extend(["--after-publish".to_owned(), program.display().to_string()]);
        }
        arguments
    }
}
