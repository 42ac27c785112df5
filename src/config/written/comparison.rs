//! `[comparison]`, `[[claim]]` and `[parity]`: who is compared, what is claimed, what must be alike.

use super::{List, Positive, choice, written};
use crate::model::plan::ParityCompare;

written! {
    /// Who is compared with whom.
    Comparison {
        /// The target that is the old implementation.
        baseline: String = required,
        /// The target of which something is claimed.
        candidate: String = required,
        /// Targets that `run` measures in the same blocks, for instance the baseline tuned: how much better the candidate is
        /// than the best of them stands beside each claim. They run only the loads that claims name.
        rivals: List<String>,
    }
}

written! {
    /// Something claimed. Exactly one of `at_least`, `at_most` and `value_at_most`.
    Claim {
        /// The metric, for instance `startup.first_ok`, `idle.rss` or `LOAD.REQUEST.p50`.
        metric: String = required,
        /// The candidate is at least this many times better.
        at_least: Positive,
        /// The candidate is at most this many times better.
        at_most: Positive,
        /// The value of `target`, in the metric's unit, is at most this.
        value_at_most: Positive,
        /// The target that `value_at_most` speaks of.
        target: String,
        /// The claim in the claimant's words.
        text: String,
        /// The claimant's figures.
        expected: Expected,
    }
}

written! {
    /// The figures that the claimant expects, in his words.
    Expected {
        /// For instance `2000 ms`.
        baseline: String = required,
        /// For instance `< 100 ms`.
        candidate: String = required,
        /// For instance `20x`.
        improvement: String = required,
    }
}

written! {
    /// A corpus of requests that all targets must answer alike.
    Parity {
        /// The corpus file.
        corpus: String = required,
        /// Values that may differ, and how they are compared then; the first rule that matches counts.
        rules: List<Rule>,
        /// Names of corpus requests whose difference is known and allowed.
        allow: List<String>,
    }
}

written! {
    /// How one kind of value in the answers is compared.
    Rule {
        /// The last key of the value's path, for instance `created_at`.
        key: String = required,
        /// `time`: equal, or both within the time of the corpus run; `id`: numbers that stand for the same row;
        /// `type`: both there and of one JSON type.
        compare: ParityCompare = required,
    }
}

choice!(ParityCompare, "ParityCompare", "time" => Self::Time, "id" => Self::Id, "type" => Self::Type);
