//! Which values may be seen to die: the ones whose scope must end where it ended before.
//!
//! A value that a callback does not capture dies before the wait, in the turn in which the call was made. In an
//! `async fn` it would live until the end of its block. Whether anyone can tell depends on its type, and the rewriter
//! knows types only where they are written or where a literal makes them plain. Everything else counts as visible.
use syn::{Expr, Pat, Stmt, Type};

use super::names;
use crate::knowledge::Knowledge;

/// A variable that is in scope at a suspension.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) ident: syn::Ident,
    /// Declared `mut`.
    pub(crate) mutable: bool,
    /// Its drop may have an effect, or release something.
    pub(crate) visible: bool,
    /// Declared since the last suspension, in the block that is being written.
    pub(crate) inside: bool,
    /// It holds a lock or a borrow.
    pub(crate) guard: bool,
    /// It was handed over by value: moved, or copied and then nothing that drops.
    pub(crate) moved: bool,
    /// Only these parts of it are there (`.name`, `.address.city`); empty if all of it is.
    pub(crate) parts: Vec<String>,
}

impl Binding {
    pub(crate) fn name(&self) -> String {
        self.ident.to_string()
    }
}

/// What is known of the value that a pattern takes apart.
#[derive(Clone, Copy)]
pub(crate) enum Value<'v> {
    /// The value of this expression.
    Of(&'v Expr),
    /// A value of this type.
    Typed(&'v Type),
    Unknown,
}

impl<'v> Value<'v> {
    /// The value that a local starts with.
    pub(crate) fn of_init(local: &'v syn::Local) -> Self {
        local.init.as_ref().map_or(Value::Unknown, |init| Value::Of(&init.expr))
    }
}

/// The bindings of a pattern, judged by its type annotation and its value.
pub(crate) fn bindings_of(pat: &Pat, value: Value<'_>, known: &Knowledge) -> Vec<Binding> {
    let (inner, annotated) = match pat {
        Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
        other => (other, None),
    };
    let visible = match (inner, annotated) {
        (Pat::Ident(ident), _) if ident.by_ref.is_some() => false,
        (_, Some(ty)) => !known.is_inert(ty),
        (_, None) => match value {
            Value::Of(init) => !known.is_inert_value(init),
            Value::Typed(ty) => !known.is_inert(ty),
            Value::Unknown => true,
        },
    };
    let guard = visible && matches!(value, Value::Of(init) if takes_guard(init));
    struct Mutable<'a>(&'a syn::Ident, bool);
    impl<'a> syn::visit::Visit<'a> for Mutable<'_> {
        fn visit_pat_ident(&mut self, pat: &'a syn::PatIdent) {
            self.1 |= &pat.ident == self.0 && pat.mutability.is_some();
            syn::visit::visit_pat_ident(self, pat);
        }
    }
    names::bound_by(inner)
        .into_iter()
        .map(|ident| {
            let mut mutable = Mutable(ident, false);
            syn::visit::Visit::visit_pat(&mut mutable, inner);
            Binding {
                ident: ident.clone(),
                mutable: mutable.1,
                visible,
                inside: true,
                guard,
                moved: false,
                parts: Vec::new(),
            }
        })
        .collect()
}

/// Types whose values die without a trace: no destructor, or one that only frees memory. Names that the language and its
/// library do not explain are asked for.
pub(crate) fn is_inert_type(ty: &Type, is_known: &dyn Fn(&str) -> bool) -> bool {
    let is_inert_type = |ty: &Type| is_inert_type(ty, is_known);
    const PLAIN: &[&str] = &[
        "bool",
        "char",
        "str",
        "String",
        "PathBuf",
        "OsString",
        "CString",
        "Duration",
        "Instant",
        "SystemTime",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "f32",
        "f64",
        "Ordering",
        "NonZeroU32",
        "NonZeroU64",
        "NonZeroUsize",
        "SocketAddr",
        "IpAddr",
        "ThreadId",
    ];
    const CONTAINERS: &[&str] = &[
        "Vec",
        "Option",
        "Box",
        "Result",
        "VecDeque",
        "HashMap",
        "BTreeMap",
        "HashSet",
        "BTreeSet",
        "PhantomData",
    ];
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => true,
        Type::Paren(inner) => is_inert_type(&inner.elem),
        Type::Group(inner) => is_inert_type(&inner.elem),
        Type::Array(array) => is_inert_type(&array.elem),
        Type::Slice(slice) => is_inert_type(&slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_inert_type),
        Type::Path(path) if path.qself.is_none() => {
            let Some(last) = path.path.segments.last() else { return false };
            match &last.arguments {
                syn::PathArguments::None => {
                    let is_plain = PLAIN.iter().any(|plain| last.ident == plain);
                    is_plain || path.path.get_ident().is_some_and(|name| is_known(&name.to_string()))
                }
                syn::PathArguments::AngleBracketed(arguments) => {
                    CONTAINERS.iter().any(|container| last.ident == container)
                        && arguments.args.iter().all(|argument| match argument {
                            syn::GenericArgument::Type(ty) => is_inert_type(ty),
                            syn::GenericArgument::Lifetime(_) => true,
                            _ => false,
                        })
                }
                syn::PathArguments::Parenthesized(_) => false,
            }
        }
        _ => false,
    }
}

/// Values that are plainly numbers, text, truth values or references.
pub(crate) fn is_inert_value(expr: &Expr) -> bool {
    const INERT_METHODS: &[&str] = &[
        "len",
        "is_empty",
        "is_some",
        "is_none",
        "is_ok",
        "is_err",
        "to_string",
        "to_owned",
        "as_str",
        "count",
    ];
    match expr {
        Expr::Lit(_) => true,
        Expr::Paren(inner) => is_inert_value(&inner.expr),
        Expr::Group(inner) => is_inert_value(&inner.expr),
        Expr::Unary(unary) => is_inert_value(&unary.expr),
        Expr::Cast(cast) => is_inert_type(&cast.ty, &|_| false),
        Expr::Tuple(tuple) => tuple.elems.iter().all(is_inert_value),
        Expr::Reference(reference) => {
            matches!(&*reference.expr, Expr::Path(_) | Expr::Field(_) | Expr::Lit(_))
        }
        Expr::Binary(binary) => {
            use syn::BinOp::*;
            let truth = matches!(binary.op, Eq(_) | Lt(_) | Le(_) | Ne(_) | Ge(_) | Gt(_) | And(_) | Or(_));
            truth || (is_inert_value(&binary.left) && is_inert_value(&binary.right))
        }
        Expr::MethodCall(call) => INERT_METHODS.iter().any(|method| call.method == method),
        Expr::Macro(mac) => mac.mac.path.is_ident("format"),
        _ => false,
    }
}

/// Methods that lend something until their value dies.
const GUARDS: &[&str] =
    &["lock", "read", "write", "borrow", "borrow_mut", "upgradable_read", "blocking_lock"];

/// Whether the value of an expression is a guard: `m.lock()`, `m.lock().unwrap()`.
fn takes_guard(expr: &Expr) -> bool {
    match expr {
        Expr::MethodCall(call) => {
            (call.args.is_empty() && GUARDS.iter().any(|guard| call.method == guard))
                || (["unwrap", "expect"].iter().any(|method| call.method == method)
                    && takes_guard(&call.receiver))
        }
        Expr::Try(attempt) => takes_guard(&attempt.expr),
        _ => false,
    }
}

/// Whether a guard is taken anywhere in an expression, if only for the moment.
pub(crate) fn mentions_guard(expr: &Expr) -> bool {
    struct Guards(bool);
    impl<'a> syn::visit::Visit<'a> for Guards {
        fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
            self.0 |= call.args.is_empty() && GUARDS.iter().any(|guard| call.method == guard);
            syn::visit::visit_expr_method_call(self, call);
        }
        fn visit_expr_closure(&mut self, _: &'a syn::ExprClosure) {}
    }
    let mut guards = Guards(false);
    syn::visit::Visit::visit_expr(&mut guards, expr);
    guards.0
}

/// Whether a scrutinee may hold something that lives until the end of the branch.
///
/// A place, a literal, a comparison or arithmetic holds nothing. The value of a call does, and so does what the call
/// borrows from; if `patient` is set, only what is plainly a guard counts.
pub(crate) fn holds_temporaries(expr: &Expr, patient: bool) -> bool {
    if mentions_guard(expr) {
        return true;
    }
    if patient {
        return false;
    }
    struct Calls(bool);
    impl<'a> syn::visit::Visit<'a> for Calls {
        fn visit_expr_call(&mut self, _: &'a syn::ExprCall) {
            self.0 = true;
        }
        fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
            // `it.next()`, `x.len()`: what they give is taken apart by the patterns.
            let plain = matches!(&*call.receiver, Expr::Path(_) | Expr::Field(_)) && call.args.is_empty();
            self.0 |= !plain;
            syn::visit::visit_expr_method_call(self, call);
        }
        fn visit_expr_struct(&mut self, _: &'a syn::ExprStruct) {
            self.0 = true;
        }
        fn visit_expr_macro(&mut self, _: &'a syn::ExprMacro) {
            self.0 = true;
        }
        fn visit_expr_closure(&mut self, _: &'a syn::ExprClosure) {}
    }
    let mut calls = Calls(false);
    syn::visit::Visit::visit_expr(&mut calls, expr);
    calls.0
}

/// Whether a name is certainly moved away (or copied) by value in this code: then it has nothing left to drop.
pub(crate) fn certainly_moved_in_stmt(name: &str, stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Local(local) => local
            .init
            .as_ref()
            .is_some_and(|init| is_it(name, &init.expr) || certainly_moved(name, &init.expr)),
        Stmt::Expr(expr, _) => certainly_moved(name, expr),
        Stmt::Item(_) | Stmt::Macro(_) => false,
    }
}

/// As [`certainly_moved`], for an argument, which is taken by value.
pub(crate) fn certainly_moved_as_argument(name: &str, arg: &Expr) -> bool {
    is_it(name, arg) || certainly_moved(name, arg)
}

/// As [`certainly_moved_in_stmt`], for an expression that is evaluated on every path.
pub(crate) fn certainly_moved(name: &str, expr: &Expr) -> bool {
    let taken = |operand: &Expr| is_it(name, operand) || certainly_moved(name, operand);
    match expr {
        Expr::Call(call) => call.args.iter().any(taken),
        Expr::MethodCall(call) => {
            let consumes = is_consuming(&call.method) && is_it(name, &call.receiver);
            consumes || certainly_moved(name, &call.receiver) || call.args.iter().any(taken)
        }
        Expr::Paren(inner) => certainly_moved(name, &inner.expr),
        Expr::Group(inner) => certainly_moved(name, &inner.expr),
        Expr::Unary(unary) => match unary.op {
            syn::UnOp::Neg(_) | syn::UnOp::Not(_) => taken(&unary.expr),
            _ => certainly_moved(name, &unary.expr),
        },
        Expr::Binary(binary) => {
            use syn::BinOp::*;
            match binary.op {
                Add(_) | Sub(_) | Mul(_) | Div(_) | Rem(_) | BitXor(_) | BitAnd(_) | BitOr(_) | Shl(_)
                | Shr(_) => taken(&binary.left) || taken(&binary.right),
                And(_) | Or(_) => certainly_moved(name, &binary.left),
                _ => certainly_moved(name, &binary.left) || certainly_moved(name, &binary.right),
            }
        }
        Expr::Struct(literal) => literal.fields.iter().any(|field| taken(&field.expr)),
        Expr::Tuple(tuple) => tuple.elems.iter().any(taken),
        Expr::Array(array) => array.elems.iter().any(taken),
        Expr::Reference(reference) => certainly_moved(name, &reference.expr),
        Expr::Field(field) => certainly_moved(name, &field.base),
        Expr::Cast(cast) => taken(&cast.expr),
        Expr::Try(attempt) => taken(&attempt.expr),
        Expr::Assign(assign) => taken(&assign.right),
        Expr::If(branch) => certainly_moved(name, &branch.cond),
        Expr::Match(branch) => is_taken_apart(name, branch) || certainly_moved(name, &branch.expr),
        Expr::Closure(closure) => {
            closure.capture.is_some()
                && names::of_closure(closure).contains(name)
                && !only_fields(name, &closure.body)
        }
        _ => false,
    }
}

/// Whether a `match` leaves nothing to drop of the `Option` or `Result` of this name, whichever of its arms is taken.
pub(crate) fn is_taken_apart(name: &str, branch: &syn::ExprMatch) -> bool {
    is_it(name, &branch.expr) && branch.arms.iter().all(|arm| takes_all(&arm.pat))
}

/// Whether what was in an `Option` or `Result` belongs to a name of this pattern now. (If it was matched through a
/// reference, that has nothing to drop either.)
fn takes_all(pat: &Pat) -> bool {
    match pat {
        Pat::TupleStruct(variant) => {
            ["Ok", "Err", "Some"].iter().any(|name| variant.path.is_ident(name))
                && matches!(variant.elems.first(), Some(Pat::Ident(bound)) if bound.by_ref.is_none() && bound.subpat.is_none())
        }
        // `None`, or a name that takes all of it.
        Pat::Ident(bound) => bound.by_ref.is_none() && bound.subpat.is_none(),
        Pat::Path(path) => path.path.is_ident("None"),
        _ => false,
    }
}

/// Methods that take `self` by value, by the conventions of the standard library.
pub(super) fn is_consuming(method: &syn::Ident) -> bool {
    const CONSUMING: &[&str] = &[
        "unwrap",
        "unwrap_or",
        "unwrap_or_else",
        "unwrap_or_default",
        "unwrap_err",
        "expect",
        "expect_err",
        "ok",
        "err",
        "ok_or",
        "ok_or_else",
        "map",
        "map_err",
        "map_or",
        "map_or_else",
        "and_then",
        "or_else",
        "flatten",
    ];
    let name = method.to_string();
    name.starts_with("into_") || CONSUMING.contains(&name.as_str())
}

/// Whether every mention of a name is of one of its fields: a closure then captures only those.
pub(crate) fn only_fields(name: &str, expr: &Expr) -> bool {
    super::parts::of(name, expr).is_some()
}

fn is_it(name: &str, expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.qself.is_none() && path.path.is_ident(name),
        Expr::Paren(inner) => is_it(name, &inner.expr),
        Expr::Group(inner) => is_it(name, &inner.expr),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(code: &str) -> bool {
        certainly_moved("x", &syn::parse_str(code).unwrap())
    }

    #[test]
    fn a_value_that_is_only_looked_at_is_not_moved() {
        for code in ["f(&x)", "x.len()", "x == y", "f(x.id)", "*x", "if c { f(x) }", "c && f(x)", "|| f(x)"] {
            assert!(!moved(code), "{code}");
        }
        for code in [
            "match x { Ok(a) => a, Err(_) => b }",
            "match x { Some(ref a) => a, None => b }",
            "match x { E(a) => a }",
        ] {
            assert!(!moved(code), "{code}");
        }
    }

    #[test]
    fn a_value_that_is_handed_over_is_moved() {
        for code in ["f(x)", "g(1, f(x))", "x + 1", "-x", "Point { x }", "o.f(x)", "move || f(x)", "(x, 1)"] {
            assert!(moved(code), "{code}");
        }
    }

    #[test]
    fn a_result_that_is_taken_apart_leaves_nothing_to_drop() {
        for code in ["match x { Ok(a) => a, Err(e) => f(e) }", "match x { Some(mut a) => a, None => b }"] {
            assert!(moved(code), "{code}");
        }
    }

    #[test]
    fn types_with_unknown_destructors_are_visible() {
        let inert = |ty: &str| is_inert_type(&syn::parse_str(ty).unwrap(), &|_| false);
        assert!(inert("Option<Vec<&'static str>>") && inert("(u8, [String; 2])") && inert("&mut Guard"));
        assert!(!inert("Guard") && !inert("Rc<u8>") && !inert("Vec<Guard>") && !inert("Box<dyn Any>"));
    }
}
