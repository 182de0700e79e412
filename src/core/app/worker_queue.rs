//! A queue for a busy worker that keeps only the newest request; older ones are obsolete.

/// Requests for a worker that processes one at a time.
///
/// A worker starts busy: messages sent before it listens may be lost. Besides the newest request, there are background
/// tasks: all of them run, in order, whenever no request waits. Display requests come last, and of those, too, only the
/// newest is kept.
#[derive(Debug)]
pub struct WorkerQueue<T> {
    busy: bool,
    waiting: Option<T>,
    background: Vec<T>,
    display: Option<T>,
}

impl<T> Default for WorkerQueue<T> {
    fn default() -> Self {
        Self { busy: true, waiting: None, background: Vec::new(), display: None }
    }
}

impl<T> WorkerQueue<T> {
    /// Adds a request, and returns it if it should be sent now. While the worker is busy, it replaces any waiting
    /// request.
    pub fn put(&mut self, request: T) -> Option<T> {
        if self.busy {
            self.waiting = Some(request);
            None
        } else {
            self.busy = true;
            Some(request)
        }
    }

    /// Adds a background task, and returns it if it should be sent now.
    pub fn add(&mut self, task: T) -> Option<T> {
        if self.busy {
            self.background.push(task);
            None
        } else {
            self.busy = true;
            Some(task)
        }
    }

    /// Adds a display request, and returns it if it should be sent now. While the worker is busy, it replaces any
    /// waiting display request.
    pub fn show(&mut self, request: T) -> Option<T> {
        if self.busy {
            self.display = Some(request);
            None
        } else {
            self.busy = true;
            Some(request)
        }
    }

    /// Marks the worker as free: it has started or responded. Returns what to send next.
    pub fn free(&mut self) -> Option<T> {
        let next = self
            .waiting
            .take()
            .or_else(|| (!self.background.is_empty()).then(|| self.background.remove(0)))
            .or_else(|| self.display.take());
        self.busy = next.is_some();
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_before_the_worker_listens_is_not_lost() {
        let mut worker_queue = WorkerQueue::default();
        assert_eq!(worker_queue.put("early"), None);
        assert_eq!(worker_queue.free(), Some("early"));
        assert_eq!(worker_queue.free(), None);
        assert_eq!(worker_queue.put("next"), Some("next"));
    }

    #[test]
    fn errands_are_all_done_in_order_after_the_newest_request() {
        let mut worker_queue = WorkerQueue::default();
        assert_eq!(
            (worker_queue.add("first"), worker_queue.add("second"), worker_queue.put("typed")),
            (None, None, None)
        );
        let done: Vec<_> = std::iter::from_fn(|| worker_queue.free()).collect();
        assert_eq!(done, ["typed", "first", "second"]);
        assert_eq!(worker_queue.add("at once"), Some("at once"));
    }

    #[test]
    fn of_what_is_only_looked_at_the_newest_is_done_last() {
        let mut worker_queue = WorkerQueue::default();
        assert_eq!((worker_queue.show("a"), worker_queue.add("task"), worker_queue.show("ab")), (None, None, None));
        assert_eq!(worker_queue.put("typed"), None);
        let done: Vec<_> = std::iter::from_fn(|| worker_queue.free()).collect();
        assert_eq!(done, ["typed", "task", "ab"], "nobody waits for the older one anymore");
        assert_eq!((worker_queue.show("abc"), worker_queue.put("busy")), (Some("abc"), None));
    }

    #[test]
    fn while_the_worker_is_busy_only_the_newest_request_waits() {
        let mut worker_queue = WorkerQueue::default();
        worker_queue.free();
        assert_eq!(worker_queue.put(1), Some(1));
        assert_eq!((worker_queue.put(2), worker_queue.put(3)), (None, None));
        assert_eq!(worker_queue.free(), Some(3));
        assert_eq!(worker_queue.free(), None);
    }
}
