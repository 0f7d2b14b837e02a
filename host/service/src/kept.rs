//! What others were asked for, kept for a while: nobody asks for the same thing twice at the same time, what
//! comes late is kept for the next one who asks, and whoever has failed is left alone for a moment.

use std::collections::HashMap;
use std::fmt::Display;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Answers by their keys. Cheap to clone.
pub(crate) struct Kept<K, V>(Arc<Inner<K, V>>);

struct Inner<K, V> {
    answers: moka::sync::Cache<K, (Instant, V)>,
    /// Who has failed a moment ago.
    quiet: moka::sync::Cache<String, ()>,
    /// What is being asked for: the other end goes when it is over.
    asking: Mutex<HashMap<K, watch::Receiver<()>>>,
    fresh: Duration,
}

/// For how long, and how much.
pub(crate) struct Rules {
    /// What is younger is not asked for anew; what is older is given, and asked for at the same time.
    pub(crate) fresh: Duration,
    /// What is older is gone.
    pub(crate) kept: Duration,
    /// How long whoever has failed is not asked.
    pub(crate) quiet: Duration,
    /// Answers in all.
    pub(crate) most: u64,
}

impl<K, V> Clone for Kept<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Inner<K, V> {
    fn asking(&self) -> MutexGuard<'_, HashMap<K, watch::Receiver<()>>> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// These are being asked for as long as this lives.
struct Asking<K: Hash + Eq, V> {
    inner: Arc<Inner<K, V>>,
    keys: Vec<K>,
    _done: watch::Sender<()>,
}

impl<K: Hash + Eq, V> Drop for Asking<K, V> {
    fn drop(&mut self) {
        let mut asking = self.inner.asking();
        for key in &self.keys {
            asking.remove(key);
        }
    }
}

impl<K, V> Kept<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new(rules: &Rules) -> Self {
        let answers = moka::sync::Cache::builder()
            .max_capacity(rules.most)
            .time_to_live(rules.kept);
        let quiet = moka::sync::Cache::builder()
            .max_capacity(10_000)
            .time_to_live(rules.quiet);
        Self(Arc::new(Inner {
            answers: answers.build(),
            quiet: quiet.build(),
            asking: Mutex::default(),
            fresh: rules.fresh,
        }))
    }

    /// An answer for each key, in their order; none: there is none yet. `whom` is asked for those that are not
    /// known or no longer fresh, and what is not known is waited for, no longer than `wait`.
    pub(crate) async fn get<F, E>(
        &self,
        whom: &str,
        keys: &[K],
        wait: Duration,
        ask: impl FnOnce(Vec<K>) -> F,
    ) -> Vec<Option<V>>
    where
        F: Future<Output = Result<Vec<(K, V)>, E>> + Send + 'static,
        E: Display,
    {
        let inner = &self.0;
        let quiet = inner.quiet.contains_key(whom);
        let (done, over) = watch::channel(());
        let (mut mine, mut waited) = (Vec::new(), Vec::new());
        {
            let mut asking = inner.asking();
            for key in keys {
                let known = inner.answers.get(key);
                if matches!(&known, Some((at, _)) if at.elapsed() < inner.fresh) {
                    continue;
                }
                let being = match asking.get(key) {
                    Some(being) => being.clone(),
                    None if quiet => continue,
                    None => {
                        asking.insert(key.clone(), over.clone());
                        mine.push(key.clone());
                        over.clone()
                    }
                };
                if known.is_none() {
                    waited.push(being);
                }
            }
        }
        if !mine.is_empty() {
            let answer = ask(mine.clone());
            let held = Asking {
                inner: Arc::clone(inner),
                keys: mine,
                _done: done,
            };
            let whom = whom.to_owned();
            // It goes on where nobody waits any more.
            tokio::spawn(async move {
                match answer.await {
                    Ok(found) => {
                        for (key, value) in found {
                            held.inner.answers.insert(key, (Instant::now(), value));
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%whom, %error, "it did not answer, and is left alone for a moment");
                        held.inner.quiet.insert(whom, ());
                    }
                }
            });
        }
        let all = async {
            for mut being in waited {
                // Nothing is ever sent: the other end goes.
                let _ = being.changed().await;
            }
        };
        let _ = tokio::time::timeout(wait, all).await;
        let answers = keys.iter().map(|key| inner.answers.get(key));
        answers.map(|known| known.map(|(_, value)| value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    const LONG: Duration = Duration::from_secs(3600);

    fn kept(fresh: Duration) -> Kept<u32, u32> {
        Kept::new(&Rules {
            fresh,
            kept: LONG,
            quiet: LONG,
            most: 100,
        })
    }

    /// Answers each key with ten times as much, and counts.
    async fn tenfold(asked: Arc<AtomicUsize>, keys: Vec<u32>) -> Result<Vec<(u32, u32)>, String> {
        asked.fetch_add(keys.len(), Ordering::SeqCst);
        tokio::task::yield_now().await;
        Ok(keys.into_iter().map(|key| (key, 10 * key)).collect())
    }

    #[tokio::test]
    async fn the_same_is_asked_for_once_however_many_want_it() {
        let (kept, asked) = (kept(LONG), Arc::new(AtomicUsize::new(0)));
        let ask = |keys: &'static [u32]| {
            let asked = Arc::clone(&asked);
            let kept = kept.clone();
            async move { kept.get("x", keys, LONG, |keys| tenfold(asked, keys)).await }
        };
        let (one, two, three) = tokio::join!(ask(&[1, 2, 2]), ask(&[2, 3]), ask(&[1]));
        assert_eq!(one, [Some(10), Some(20), Some(20)]);
        assert_eq!((two, three), (vec![Some(20), Some(30)], vec![Some(10)]));
        assert_eq!(ask(&[3, 1]).await, [Some(30), Some(10)]);
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn what_is_late_is_there_for_the_next_one() {
        let (kept, answered) = (kept(LONG), Arc::new(Notify::new()));
        let slow = Arc::clone(&answered);
        let late = kept
            .get("x", &[1], Duration::ZERO, |_| async move {
                slow.notified().await;
                Ok::<_, String>(vec![(1, 10)])
            })
            .await;
        assert_eq!(late, [None]);
        answered.notify_one();
        let waited = kept.get("x", &[1], LONG, |_| async { Err("asked twice") });
        assert_eq!(waited.await, [Some(10)]);
    }

    #[tokio::test]
    async fn whoever_failed_is_left_alone_and_others_are_not() {
        let (kept, asked) = (kept(Duration::ZERO), Arc::new(AtomicUsize::new(0)));
        let fine = |whom: &'static str, key: u32| {
            let (asked, kept) = (Arc::clone(&asked), kept.clone());
            async move {
                kept.get(whom, &[key], LONG, |keys| tenfold(asked, keys))
                    .await
            }
        };
        assert_eq!(fine("x", 1).await, [Some(10)]);
        let failed = kept.get("x", &[2], LONG, |_| async { Err::<Vec<_>, _>("no") });
        assert_eq!(failed.await, [None]);
        assert_eq!(fine("x", 2).await, [None]);
        // What is known of it goes on, though it is no longer fresh.
        assert_eq!(fine("x", 1).await, [Some(10)]);
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert_eq!(fine("y", 2).await, [Some(20)]);
    }

    #[tokio::test]
    async fn a_question_that_is_lost_keeps_nobody_waiting() {
        let kept = kept(LONG);
        let lost = kept.get("x", &[1], LONG, |_| async {
            assert!(Instant::now().elapsed() > LONG, "the task ends here");
            Ok::<_, String>(Vec::new())
        });
        assert_eq!(lost.await, [None]);
        let asked = Arc::default();
        let again = kept.get("x", &[1], LONG, |keys| tenfold(asked, keys));
        assert_eq!(again.await, [Some(10)]);
    }
}
