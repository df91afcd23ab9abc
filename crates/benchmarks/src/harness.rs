//! Rounds in which every contender has its turn.

use std::time::Duration;

use crate::{
    arena::Arena,
    arguments::Arguments,
    failure::Result,
    lines,
    peers::{OURS, Peer},
    results::{Better, Record, Results},
};

/// One kind of work, and everyone who does it.
pub(crate) struct Line<'a> {
    pub(crate) work: &'static str,
    pub(crate) callers: usize,
    /// What each turn gives, in this order.
    pub(crate) units: Vec<(&'static str, Better)>,
    /// Ourselves first.
    pub(crate) contenders: Vec<Contender<'a>>,
    /// Of its turns, if not that of the others.
    pub(crate) rounds: Option<usize>,
}

pub(crate) struct Contender<'a> {
    peer: Peer,
    turn: Box<dyn FnMut(Duration) -> Result<Vec<f64>> + 'a>,
}

impl<'a> Line<'a> {
    pub(crate) fn new(work: &'static str, callers: usize, unit: &'static str, better: Better) -> Self {
        Self { work, callers, units: vec![(unit, better)], contenders: Vec::new(), rounds: None }
    }

    /// Adds someone whose turns give one figure.
    pub(crate) fn add(&mut self, peer: Peer, mut turn: impl FnMut(Duration) -> Result<f64> + 'a) {
        self.add_many(peer, move |time| turn(time).map(|figure| vec![figure]));
    }

    /// Adds someone whose turns give a figure for each unit.
    pub(crate) fn add_many(&mut self, peer: Peer, turn: impl FnMut(Duration) -> Result<Vec<f64>> + 'a) {
        self.contenders.push(Contender { peer, turn: Box::new(turn) });
    }

    /// The rounds. Who begins changes, so that nobody always follows the same neighbour's noise.
    fn run(&mut self, arguments: &Arguments) -> Result<Vec<Record>> {
        let count = self.contenders.len();
        let rounds = self.rounds.unwrap_or(arguments.rounds);
        let mut figures = vec![vec![Vec::new(); count]; self.units.len()];
        for round in 0..rounds {
            for place in 0..count {
                let place = (place + round) % count;
                let Contender { peer, turn } = &mut self.contenders[place];
                let given =
                    turn(arguments.time).map_err(|error| format!("{}: {}: {error}", self.work, peer.name))?;
                for (figures, figure) in figures.iter_mut().zip(given) {
                    figures[place].push(figure);
                }
            }
        }
        Ok(self.records(&figures))
    }

    fn records(&self, figures: &[Vec<Vec<f64>>]) -> Vec<Record> {
        let record = |((unit, better), figures): (&(&str, Better), &Vec<Vec<f64>>)| {
            let mut contenders = self.contenders.iter().zip(figures);
            let ours = contenders.next().filter(|(contender, _)| contender.peer.name == OURS);
            let ours = ours.map_or(&[][..], |(_, figures)| figures);
            let mut record = Record::new(self.work, self.callers, unit, *better, ours);
            for (Contender { peer, .. }, figures) in contenders {
                record.add_peer(peer.name, &peer.version, peer.config, figures);
            }
            record
        };
        self.units.iter().zip(figures).map(record).collect()
    }
}

/// Runs every line that is asked for.
pub(crate) fn run(arena: &Arena, arguments: &Arguments) -> Result<Results> {
    let mut records = Vec::new();
    for group in lines::ALL {
        for mut line in group(arena, arguments)? {
            if !arguments.wants(line.work, line.callers) {
                continue;
            }
            for record in line.run(arguments)? {
                say(&record);
                records.push(record);
            }
        }
    }
    if records.is_empty() {
        return Err(format!("there is no such line: {:?}", arguments.only).into());
    }
    Ok(Results {
        machine: Arena::machine(),
        server: arena.version(),
        rounds: arguments.rounds,
        lines: records,
    })
}

/// Shows progress.
fn say(record: &Record) {
    println!(
        "{} ({}): {} {}, spread {:.0} %",
        record.work,
        record.callers,
        record.ours,
        record.unit,
        record.spread * 100.0
    );
    for (name, peer) in &record.peers {
        println!("    {name:<26} {:>12} {:>8.2} x", peer.value, peer.ratio);
    }
}
