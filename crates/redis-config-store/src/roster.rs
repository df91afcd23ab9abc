mod member;
mod scope;
#[cfg(test)]
mod tests;

use redis_service::Invalidation;

use self::member::{LOOK, Member, Standing};
pub(crate) use self::{
    member::{Word, Words},
    scope::{Interest, Scope},
};
use crate::{StoreError, rung::Rung};

/// The stores that share a connection which listens: what it is to listen to, and whom what it hears concerns.
///
/// Whoever joins when the connection does not listen to what concerns them needs another one, which takes its place
/// once it is confirmed. Until then both are heard: what is told twice comes to the same.
#[derive(Debug)]
pub(crate) struct Roster<M> {
    members: Vec<Member<M>>,
    /// Counts members and connections.
    numbers: u64,
    /// What the connection that is confirmed listens to.
    current: Option<Scope>,
    /// What the one is to listen to that is not confirmed yet.
    coming: Option<Scope>,
}

impl<M> Default for Roster<M> {
    fn default() -> Self {
        Self { members: Vec::new(), numbers: 0, current: None, coming: None }
    }
}

impl<M: Clone> Roster<M> {
    /// Adds a member, and returns its number. If what is listened to now is enough for it, it is told so.
    pub(crate) fn join(&mut self, interest: Interest, ear: M) -> (u64, Words<M>) {
        let number = self.number();
        let mut member = Member::new(number, interest, ear);
        let current = self.current.as_ref().filter(|scope| scope.covers(&member.interest));
        let words = current.map(|scope| member.settle(scope, None, Rung::default())).unwrap_or_default();
        self.members.push(member);
        (number, words)
    }

    /// What is listened to for it stays so until the next connection.
    pub(crate) fn leave(&mut self, number: u64) {
        self.members.retain(|member| member.number != number);
    }

    /// No connection listens any more: nobody is there.
    pub(crate) fn disband(&mut self) {
        // Numbers go on: what is left of a connection is not taken for another.
        (self.current, self.coming) = (None, None);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(crate) fn ears(&self) -> impl Iterator<Item = &M> {
        self.members.iter().map(|member| &member.ear)
    }

    /// Whether there is a member for whom nobody has tried to listen yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.members.iter().any(|member| member.standing == Standing::Waiting)
    }

    /// Whether there is a member for whom nobody listens.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.members.iter().any(|member| member.standing != Standing::Listening)
    }

    /// What a connection is to listen to now, for everybody.
    pub(crate) fn begin(&mut self) -> Scope {
        let number = self.number();
        let scope = Scope::new(number, self.members.iter().map(|member| &member.interest));
        self.coming.insert(scope).clone()
    }

    /// The connection that was begun is confirmed, and takes the place of the one before; unless it has ended already.
    pub(crate) fn confirmed(&mut self, number: u64) -> Option<Words<M>> {
        let mut scope = self.coming.take_if(|scope| scope.number == number && !scope.is_over)?;
        scope.settle_refusals();
        let before = self.current.replace(scope);
        for member in &mut self.members {
            member.is_moving = member.standing == Standing::Listening;
        }
        Some(self.settle(before.as_ref(), Rung::default()))
    }

    /// Whether one connection is about to take the place of another, or has a moment ago.
    pub(crate) fn is_moving(&self) -> bool {
        let is_begun = self.current.is_some() && self.coming.is_some();
        is_begun || self.members.iter().any(|member| member.is_moving)
    }

    /// The connection before the current one is heard no more. What it did not come to tell is found by looking.
    pub(crate) fn moved(&mut self) -> Words<M> {
        let look = |member: &mut Member<M>| {
            let was_moving = std::mem::take(&mut member.is_moving);
            was_moving.then(|| (member.ear.clone(), Word::Rung(LOOK)))
        };
        self.members.iter_mut().filter_map(look).collect()
    }

    /// The connection that was begun is none. The one before stays, if there is one.
    pub(crate) fn failed(&mut self, number: u64, error: &StoreError) -> Words<M> {
        let Some(scope) = self.coming.take_if(|scope| scope.number == number) else { return Vec::new() };
        let is_concerned = |member: &&mut Member<M>| {
            member.standing != Standing::Listening && scope.covers(&member.interest)
        };
        let failed = |member: &mut Member<M>| member.fail(error, scope.tracking.as_ref());
        self.members.iter_mut().filter(is_concerned).flat_map(failed).collect()
    }

    /// The connection ended, and does not come back.
    pub(crate) fn ended(&mut self, number: u64) -> Words<M> {
        if let Some(scope) = self.scope(number) {
            scope.is_over = true;
        }
        if self.current.take_if(|scope| scope.number == number).is_none() {
            return Vec::new();
        }
        let listening = self.members.iter_mut().filter(|member| member.standing == Standing::Listening);
        let end = |member: &mut Member<M>| {
            member.standing = Standing::Waiting;
            (member.ear.clone(), Word::Rung(LOOK))
        };
        listening.map(end).collect()
    }

    /// Nobody listens any more, for a reason.
    pub(crate) fn abandoned(&mut self, error: &StoreError) -> Words<M> {
        self.disband();
        let fail = |member: &mut Member<M>| {
            member.standing = Standing::Waiting;
            member.fail(error, None)
        };
        self.members.iter_mut().flat_map(fail).collect()
    }

    /// A message came on a channel.
    pub(crate) fn announced(&self, channel: &[u8]) -> Words<M> {
        let rung = Rung { is_announced: true, ..Rung::default() };
        let concerned = self.members.iter().filter(|member| member.interest.channel == channel);
        concerned.map(|member| (member.ear.clone(), Word::Rung(rung))).collect()
    }

    /// The server says that keys are no longer as they were.
    pub(crate) fn invalidated(&self, what: &Invalidation) -> Words<M> {
        let word = |member: &Member<M>| {
            let is_doubted = match what {
                Invalidation::Keys(keys) => member.interest.is_doubted(keys)?,
                _ => false,
            };
            let rung = Rung { is_invalidated: true, is_doubted, ..Rung::default() };
            Some((member.ear.clone(), Word::Rung(rung)))
        };
        self.members.iter().filter_map(word).collect()
    }

    /// A connection says whether keys are tracked. It says so first of all, whenever it subscribes.
    pub(crate) fn tracking(&mut self, number: u64, tracking: &Result<(), StoreError>) -> Words<M> {
        let Some(scope) = self.scope(number) else { return Vec::new() };
        scope.begin_anew(tracking.clone());
        if self.current.as_ref().is_none_or(|scope| scope.number != number) {
            return Vec::new();
        }
        let listening = self.members.iter().filter(|member| member.standing == Standing::Listening);
        listening.map(|member| (member.ear.clone(), Word::Tracking(tracking.clone()))).collect()
    }

    /// A connection does not listen to a channel. What comes of it is told when it has subscribed.
    pub(crate) fn refused(&mut self, number: u64, channel: Vec<u8>, error: StoreError) {
        if let Some(scope) = self.scope(number) {
            scope.refuse(channel, error);
        }
    }

    /// A connection was lost, and has subscribed again: something may be missing.
    pub(crate) fn gap(&mut self, number: u64) -> Words<M> {
        let Some(scope) = self.current.as_mut().filter(|scope| scope.number == number) else {
            return Vec::new();
        };
        let before = scope.clone();
        scope.settle_refusals();
        let again = Rung { is_asked: true, is_reconnected: true, ..Rung::default() };
        self.settle(Some(&before), again)
    }

    /// Has everybody told how the current connection listens for them, and those it listened for before, `again` as
    /// well.
    fn settle(&mut self, before: Option<&Scope>, again: Rung) -> Words<M> {
        let Some(scope) = &self.current else { return Vec::new() };
        let settle = |member: &mut Member<M>| {
            if scope.covers(&member.interest) {
                return member.settle(scope, before, again);
            }
            // It joined while this one was begun, and the one before was enough for it.
            if member.standing == Standing::Listening {
                member.standing = Standing::Waiting;
            }
            Vec::new()
        };
        self.members.iter_mut().flat_map(settle).collect()
    }

    fn scope(&mut self, number: u64) -> Option<&mut Scope> {
        [&mut self.current, &mut self.coming].into_iter().flatten().find(|scope| scope.number == number)
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}
