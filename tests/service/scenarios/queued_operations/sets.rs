use redis_service::{Batch, Expiry};

use super::{ONE_BY_ONE, Taken, assert_alike, later, start};
use crate::{RedisService, dual, fixture::outcome_text, scenario};

mod unordered {
    use super::*;

    calls! { on:
        on.set_of::<u32>("set").len();
        on.set_of::<u32>("set").is_empty();
        on.set_of::<u32>("set").members();
        on.set_of::<u32>("set").random();
        on.set_of::<u32>("set").pop();
        on.set_of::<u32>("set").add(&1);
        on.set_of::<u32>("set").add(&1);
        on.set_of::<u32>("set").add_many(&[1, 2, 3, 3]);
        on.set_of::<u32>("set").add_many(&[]);
        on.set_of::<u32>("set").remove_many(&[]);
        on.set_of::<u32>("set").members();
        on.set_of::<u32>("set").contains(&2);
        on.set_of::<u32>("set").contains(&9);
        on.set_of::<u32>("set").remove(&3);
        on.set_of::<u32>("set").remove(&3);
        on.set_of::<u32>("set").remove_many(&[2, 9]);
        on.set_of::<u32>("set").len();
        on.set_of::<u32>("set").is_empty();
        on.set_of::<u32>("set").random();
        on.set_of::<u32>("set").pop();
        on.set_of::<u32>("set").len();
        // A value that does not decode.
        on.set_of::<String>("texts").add("canary");
        on.set_of::<u32>("texts").members();
        on.set_of::<u32>("texts").random();
        on.set_of::<u32>("texts").pop();
        on.exists("texts");
        // A key of another type.
        on.set("text", &1, Expiry::Never);
        on.set_of::<u32>("text").add(&1);
        on.set_of::<u32>("text").add_many(&[1]);
        on.set_of::<u32>("text").remove(&1);
        on.set_of::<u32>("text").remove_many(&[1]);
        on.set_of::<u32>("text").contains(&1);
        on.set_of::<u32>("text").len();
        on.set_of::<u32>("text").is_empty();
        on.set_of::<u32>("text").members();
        on.set_of::<u32>("text").random();
        on.set_of::<u32>("text").pop();
        on.get::<u32>("text");
    }

    #[dual]
    #[scenario]
    async fn sets_and_their_members() {
        let (server, redis) = start().await;
        let asked = ask(&redis.namespace(ONE_BY_ONE)).await;
        let results = assert_alike(&server, &redis, queue, asked).await;
        assert_eq!(wrong_types(&results), 10, "{results:#?}");
        let popped = results.iter().find(|result| result.starts_with("set.pop \"texts\": ")).unwrap();
        assert!(popped.contains("(deserialization, applied)"), "{popped}");
    }
}

mod sorted {
    use super::*;

    calls! { on:
        on.sorted_set::<String>("board").len();
        on.sorted_set::<String>("board").is_empty();
        on.sorted_set::<String>("board").pop_min();
        on.sorted_set::<String>("board").pop_max();
        on.sorted_set::<String>("board").top(3);
        on.sorted_set::<String>("board").score("ada");
        on.sorted_set::<String>("board").rank("ada");
        on.sorted_set::<String>("board").rev_rank("ada");
        on.sorted_set::<String>("board").add("ada", 1.5);
        on.sorted_set::<String>("board").add("ada", 2.5);
        on.sorted_set::<String>("board").add_many([("bob", 1.0), ("cy", f64::INFINITY), ("di", -0.5)]);
        on.sorted_set::<String>("board").add_many(Vec::<(&str, f64)>::new());
        on.sorted_set::<String>("board").remove_many(&[] as &[String]);
        on.sorted_set::<String>("board").increment("ada", 0.25);
        on.sorted_set::<String>("board").score("ada");
        on.sorted_set::<String>("board").score("missing");
        on.sorted_set::<String>("board").rank("ada");
        on.sorted_set::<String>("board").rev_rank("ada");
        on.sorted_set::<String>("board").rank("missing");
        on.sorted_set::<String>("board").len();
        on.sorted_set::<String>("board").is_empty();
        on.sorted_set::<String>("board").count(..);
        on.sorted_set::<String>("board").count(0.0..1.0);
        on.sorted_set::<String>("board").range(0, -1);
        on.sorted_set::<String>("board").range_by_score(0.0..=3.0, None);
        on.sorted_set::<String>("board").range_by_score(.., 2);
        on.sorted_set::<String>("board").range_by_score(.., 0);
        on.sorted_set::<String>("board").top(2);
        on.sorted_set::<String>("board").top(0);
        on.sorted_set::<String>("board").remove("bob");
        on.sorted_set::<String>("board").remove("bob");
        on.sorted_set::<String>("board").remove_many(["bob", "di"]);
        on.sorted_set::<String>("board").pop_min();
        on.sorted_set::<String>("board").pop_max();
        on.sorted_set::<String>("board").add_many([("eve", 1.0), ("flo", 2.0)]);
        on.sorted_set::<String>("board").remove_range_by_score(1.5..);
        on.sorted_set::<String>("board").range(0, -1);
        // A value that does not decode.
        on.sorted_set::<String>("texts").add_many([("canary", 1.0), ("canary too", 2.0), ("canary three", 3.0)]);
        on.sorted_set::<u32>("texts").range(0, -1);
        on.sorted_set::<u32>("texts").top(1);
        on.sorted_set::<u32>("texts").pop_min();
        on.sorted_set::<u32>("texts").pop_max();
        on.sorted_set::<u32>("texts").len();
        // A key of another type.
        on.set("text", &1, Expiry::Never);
        on.sorted_set::<u32>("text").add(&1, 1.0);
        on.sorted_set::<u32>("text").add_many([(&1, 1.0)]);
        on.sorted_set::<u32>("text").increment(&1, 1.0);
        on.sorted_set::<u32>("text").score(&1);
        on.sorted_set::<u32>("text").rank(&1);
        on.sorted_set::<u32>("text").rev_rank(&1);
        on.sorted_set::<u32>("text").remove(&1);
        on.sorted_set::<u32>("text").remove_many(&[1]);
        on.sorted_set::<u32>("text").remove_range_by_score(..);
        on.sorted_set::<u32>("text").len();
        on.sorted_set::<u32>("text").is_empty();
        on.sorted_set::<u32>("text").count(..);
        on.sorted_set::<u32>("text").range(0, -1);
        on.sorted_set::<u32>("text").range_by_score(.., None);
        on.sorted_set::<u32>("text").top(1);
        on.sorted_set::<u32>("text").pop_min();
        on.sorted_set::<u32>("text").pop_max();
        on.get::<u32>("text");
    }

    #[dual]
    #[scenario]
    async fn sorted_sets_and_their_scores() {
        let (server, redis) = start().await;
        let asked = ask(&redis.namespace(ONE_BY_ONE)).await;
        let results = assert_alike(&server, &redis, queue, asked).await;
        assert_eq!(wrong_types(&results), 17, "{results:#?}");
        for popped in ["sorted_set.pop_min", "sorted_set.pop_max"] {
            let error =
                results.iter().find(|result| result.starts_with(&format!("{popped} \"texts\": "))).unwrap();
            assert!(error.contains("(deserialization, applied)"), "{error}");
        }
    }
}

fn wrong_types(results: &[String]) -> usize {
    results.iter().filter(|result| result.contains("\"text\": ") && result.contains("WrongType")).count()
}
