//! A local continuation that several branches call is the code after the branch.

pair! {
    /// An alias of the completion is the completion.
    fn alias_of_the_completion(x: i64, done: Box<dyn FnOnce(i64)>) {
        let k = done;
        op(1, x, move |a| {
            let finish = k;
            finish(a)
        })
    }
}
