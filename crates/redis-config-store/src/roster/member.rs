use super::scope::{Interest, Scope};
use crate::{StoreError, rung::Rung};

/// A store that is listened for, or is to be.
#[derive(Debug)]
pub(super) struct Member<M> {
    pub(super) number: u64,
    pub(super) interest: Interest,
    pub(super) standing: Standing,
    /// The connection before the current one listened for it as well, and is still heard.
    pub(super) is_moving: bool,
    /// Whom to tell.
    pub(super) ear: M,
}

/// How far listening for it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// No connection was asked to listen for it yet.
    Waiting,
    /// One was, and failed.
    Failed,
    /// The current connection listens for it.
    Listening,
}

/// What a member is told.
#[derive(Clone, Debug)]
pub(crate) enum Word {
    /// Why it is to look.
    Rung(Rung),
    /// Whether its keys are tracked.
    Tracking(Result<(), StoreError>),
    /// Its channel is not listened to.
    Refused(StoreError),
    /// Nothing is listened to for it.
    Unheard(StoreError),
}

/// That it is to look.
pub(super) const LOOK: Rung = Rung {
    is_announced: false,
    is_invalidated: false,
    is_asked: true,
    is_doubted: false,
    is_reconnected: false,
    is_listened: false,
    is_tracked: false,
};

/// Who is told what.
pub(crate) type Words<M> = Vec<(M, Word)>;

impl<M: Clone> Member<M> {
    pub(super) fn new(number: u64, interest: Interest, ear: M) -> Self {
        Self { number, interest, standing: Standing::Waiting, is_moving: false, ear }
    }

    /// It is listened for, in this way.
    pub(super) fn settle(&mut self, scope: &Scope, before: Option<&Scope>, again: Rung) -> Words<M> {
        let channel = &self.interest.channel;
        let is_new = self.standing != Standing::Listening;
        let was_refused = before.is_some_and(|scope| scope.refusal(channel).is_some());
        let (refusal, mut words) = (scope.refusal(channel), Vec::new());
        if let Some(error) = refusal.filter(|_| is_new || !was_refused) {
            words.push(Word::Refused(error.clone()));
        }
        words.extend(scope.tracking.clone().map(Word::Tracking));
        let mut rung = if is_new {
            // What was written before the server told of it, it does not tell.
            Rung { is_asked: true, is_doubted: true, ..Rung::default() }
        } else {
            again
        };
        if refusal.is_none() && (is_new || was_refused) {
            (rung.is_asked, rung.is_listened) = (true, true);
        }
        if rung.is_rung() {
            words.push(Word::Rung(rung));
        }
        self.standing = Standing::Listening;
        words.into_iter().map(|word| (self.ear.clone(), word)).collect()
    }

    /// It is not listened for.
    pub(super) fn fail(&mut self, error: &StoreError, tracking: Option<&Result<(), StoreError>>) -> Words<M> {
        let mut words = vec![Word::Unheard(error.clone())];
        words.extend(tracking.filter(|tracking| tracking.is_err()).cloned().map(Word::Tracking));
        // Whoever is told once looks at intervals from then on.
        if self.standing == Standing::Waiting {
            words.push(Word::Rung(Rung { is_asked: true, is_doubted: true, ..Rung::default() }));
        }
        self.standing = Standing::Failed;
        words.into_iter().map(|word| (self.ear.clone(), word)).collect()
    }
}
