//! Finding the marked place of a callback among the tokens of a call.
//!
//! `__place!` walks the call's tokens once, with a stack of the parentheses it is in, and puts a closure where a mark
//! stands. A mark takes the place of a *whole argument*: it follows `(` or `,` and is followed by `,` or `)`. So these
//! are never taken for one, and are stepped over:
//!
//! * `_` in a closure's parameters or body: an argument that starts with `|` and is no mark is an expression, unread;
//! * `_` in generic arguments (`::<_, _>`), in `let` patterns, in braces and brackets, and in nested macro calls.
//!
//! ```text
//! __place!{ @STATE  [finish] [options] (claims) marks  [stack] [read]  rest.. }
//! ```
//!
//! | state | means |
//! |---|---|
//! | `@arg` | `rest` starts an argument |
//! | `@mid` | `rest` is within an argument |
//! | `@mark LABEL` | `rest` starts with what may be a mark; `LABEL` is `one`, `(sync word)`, `ok` or `err` |
//! | `@word w w` | an argument starts with a word and a bar: is it `sync`? |
//! | `@params LABEL [..]` | within the parameters of a closure or mark |
//! | `@tuple LABEL [..]` | these parameters were all there was: are they a `_` each? |
//! | `@put LABEL [closure]` | a mark was found: this closure takes its place |
//! | `@emit claim [closure]` | this claim is what the closure holds |
//! | `@closure` | `rest` starts with an expression that is not looked into |
//! | `@generics [<..]` | within generic arguments; one `<` per open bracket |
//! | `@pattern` | within a `let` pattern |
//!
//! `marks` says what was found so far: `none`, `one`, `sync`, `ok`, `err` or `both`. At the end
//! `finish!{ [options] marks (claims) call.. }` is called, with every mark in `call` replaced.
//!
//! Each step is one level of macro recursion, of which there are 128 by default. So up to three tokens are taken in one
//! step, and a closure's body, a brace or a nested macro call is one step whatever its length.

/// Puts closures where the marks are. See the module text in the source.
#[doc(hidden)]
#[macro_export]
macro_rules! __place {
    (@start $finish:tt $options:tt $($call:tt)+) => {
        $crate::__place!(@mid $finish $options (claim err_claim) none [] [] $($call)+)
    };

    // ---- The start of an argument ----

    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt _ $($rest:tt)*) => {
        $crate::__place!(@mark one $f $o $c $m $stack $read _ $($rest)*)
    };
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt | $($rest:tt)*) => {
        $crate::__place!(@params one [] $f $o $c $m $stack $read $($rest)*)
    };
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt || $($rest:tt)*) => {
        $crate::__place!(@mark one $f $o $c $m $stack $read || $($rest)*)
    };
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt move $($rest:tt)*) => {
        $crate::__place!(@closure $f $o $c $m $stack $read move $($rest)*)
    };
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt sync _ $($rest:tt)*) => {
        $crate::__place!(@mark (sync sync) $f $o $c $m $stack $read _ $($rest)*)
    };
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt $word:ident | $($rest:tt)*) => {
        $crate::__place!(@word $word $word $f $o $c $m $stack $read | $($rest)*)
    };
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt $word:ident || $($rest:tt)*) => {
        $crate::__place!(@word $word $word $f $o $c $m $stack $read || $($rest)*)
    };
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt ok : $($rest:tt)*) => {
        $crate::__place!(@mark ok $f $o $c $m $stack $read $($rest)*)
    };
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt err : $($rest:tt)*) => {
        $crate::__place!(@mark err $f $o $c $m $stack $read $($rest)*)
    };
    // A mark behind a reference.
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] & mut $($rest:tt)*) => {
        $crate::__place!(@arg $f $o $c $m $stack [$($read)* & mut] $($rest)*)
    };
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] & $($rest:tt)*) => {
        $crate::__place!(@arg $f $o $c $m $stack [$($read)* &] $($rest)*)
    };
    // Expressions in which nothing is looked for.
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt async $($rest:tt)*) => {
        $crate::__place!(@closure $f $o $c $m $stack $read async $($rest)*)
    };
    // `<T as Trait<_, _>>::f(..)`
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] < $($rest:tt)*) => {
        $crate::__place!(@generics [<] $f $o $c $m $stack [$($read)* <] $($rest)*)
    };
    // A name by itself.
    (@arg $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $name:ident, $($rest:tt)*) => {
        $crate::__place!(@arg $f $o $c $m $stack [$($read)* $name,] $($rest)*)
    };
    (@arg $($rest:tt)*) => {
        $crate::__place!(@mid $($rest)*)
    };

    // Passed twice: once to be recognised, once to be given back as the user wrote it, if it is a variable.
    (@word sync $word:ident $($rest:tt)*) => {
        $crate::__place!(@mark (sync $word) $($rest)*)
    };
    (@word $other:ident $word:ident $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $word] $($rest)*)
    };

    // ---- Marks ----

    (@mark $label:tt $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt _ $(, $($rest:tt)*)?) => {
        $crate::__place!(@put $label [complete [value] (value)] $f $o $c $m $stack $read $(, $($rest)*)?)
    };
    (@mark $label:tt $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt || $(, $($rest:tt)*)?) => {
        $crate::__place!(@put $label [complete [] (())] $f $o $c $m $stack $read $(, $($rest)*)?)
    };
    (@mark $label:tt $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt || => $map:expr $(, $($rest:tt)*)?) => {
        $crate::__place!(@put $label [complete_with [] (|| $map)] $f $o $c $m $stack $read $(, $($rest)*)?)
    };
    (@mark $label:tt $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt | $($rest:tt)*) => {
        $crate::__place!(@params $label [] $f $o $c $m $stack $read $($rest)*)
    };
    // An ordinary closure without parameters, or a variable named `sync`.
    (@mark one $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt || $($rest:tt)*) => {
        $crate::__place!(@closure $f $o $c $m $stack $read || $($rest)*)
    };
    (@mark (sync $word:ident) $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt || $($rest:tt)*) => {
        $crate::__place!(@closure $f $o $c $m $stack $read $word || $($rest)*)
    };
    (@mark $($rest:tt)*) => {
        ::core::compile_error!(
            "the mark of a callback is a whole argument: `_`, `|_, _|`, `|x| => expression`, \
             or a pair of them, `ok: _, err: _`"
        )
    };

    (@params $label:tt $params:tt $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt | => $map:expr $(, $($rest:tt)*)?) => {
        $crate::__place!(@put $label [complete_with $params (|| $map)] $f $o $c $m $stack $read $(, $($rest)*)?)
    };
    (@params $label:tt $params:tt $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt | $(, $($rest:tt)*)?) => {
        $crate::__place!(@tuple $label $params $f $o $c $m $stack $read $(, $($rest)*)?)
    };
    // An ordinary closure, or a variable named `sync`.
    (@params one [$($params:tt)*] $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt | $($rest:tt)*) => {
        $crate::__place!(@closure $f $o $c $m $stack $read |$($params)*| $($rest)*)
    };
    (@params (sync $word:ident) [$($params:tt)*] $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt $(| $($rest:tt)*)?) => {
        $crate::__place!(@closure $f $o $c $m $stack $read $word | $($params)* $(| $($rest)*)?)
    };
    (@params $label:tt [$($params:tt)*] $f:tt $o:tt $c:tt $m:tt $stack:tt $read:tt $t:tt $($rest:tt)*) => {
        $crate::__place!(@params $label [$($params)* $t] $f $o $c $m $stack $read $($rest)*)
    };

    (@tuple $label:tt [_] $($rest:tt)*) => {
        $crate::__place!(@put $label [complete [a] (a)] $($rest)*)
    };
    (@tuple $label:tt [_, _] $($rest:tt)*) => {
        $crate::__place!(@put $label [complete [a, b] ((a, b))] $($rest)*)
    };
    (@tuple $label:tt [_, _, _] $($rest:tt)*) => {
        $crate::__place!(@put $label [complete [a, b, c] ((a, b, c))] $($rest)*)
    };
    (@tuple $label:tt [_, _, _, _] $($rest:tt)*) => {
        $crate::__place!(@put $label [complete [a, b, c, d] ((a, b, c, d))] $($rest)*)
    };
    (@tuple $label:tt [_, _, _, _, _] $($rest:tt)*) => {
        $crate::__place!(@put $label [complete [a, b, c, d, e] ((a, b, c, d, e))] $($rest)*)
    };
    (@tuple $label:tt [_, _, _, _, _, _] $($rest:tt)*) => {
        $crate::__place!(@put $label [complete [a, b, c, d, e, f] ((a, b, c, d, e, f))] $($rest)*)
    };
    (@tuple $($rest:tt)*) => {
        ::core::compile_error!(
            "a callback's mark has one `_` for each parameter, at most six, e.g. `|_, _|`. \
             To give them names, say what becomes of them: `|a, b| => (a, b.to_owned())`"
        )
    };

    // Which claim the callback holds, and which marks go together.
    (@put one $closure:tt $f:tt $o:tt ($claim:ident $err:ident) none $($rest:tt)*) => {
        $crate::__place!(@emit $claim $closure $f $o ($claim $err) one $($rest)*)
    };
    (@put (sync $word:ident) $closure:tt $f:tt $o:tt ($claim:ident $err:ident) none $($rest:tt)*) => {
        $crate::__place!(@emit $claim $closure $f $o ($claim $err) sync $($rest)*)
    };
    (@put ok $closure:tt $f:tt $o:tt ($claim:ident $err:ident) none $($rest:tt)*) => {
        $crate::__place!(@emit $claim $closure $f $o ($claim $err) ok $($rest)*)
    };
    (@put err $closure:tt $f:tt $o:tt ($claim:ident $err:ident) none $($rest:tt)*) => {
        $crate::__place!(@emit $err $closure $f $o ($claim $err) err $($rest)*)
    };
    (@put ok $closure:tt $f:tt $o:tt ($claim:ident $err:ident) err $($rest:tt)*) => {
        $crate::__place!(@emit $claim $closure $f $o ($claim $err) both $($rest)*)
    };
    (@put err $closure:tt $f:tt $o:tt ($claim:ident $err:ident) ok $($rest:tt)*) => {
        $crate::__place!(@emit $err $closure $f $o ($claim $err) both $($rest)*)
    };
    (@put $($rest:tt)*) => {
        ::core::compile_error!(
            "two places are marked for one callback. A pair of callbacks, of which one is called, \
             is marked `ok: _, err: _`"
        )
    };

    (@emit $claim:ident [$method:ident [$($param:tt)*] ($($value:tt)*)]
        $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack
            [$($read)* move |$($param)*| $claim.$method($($value)*)] $($rest)*)
    };

    // ---- Within an argument ----

    // The end of the whole call.
    (@mid $f:tt $o:tt $c:tt none [] [$($read:tt)*] $(,)?) => {
        ::core::compile_error!(
            "no place is marked for the callback: write `_` where the callback goes, e.g. `fetch(id, _)`"
        )
    };
    (@mid $f:tt $o:tt $c:tt ok [] [$($read:tt)*] $(,)?) => {
        ::core::compile_error!("`ok: _` needs the other callback of the pair: `err: _`")
    };
    (@mid $f:tt $o:tt $c:tt err [] [$($read:tt)*] $(,)?) => {
        ::core::compile_error!("`err: _` needs the other callback of the pair: `ok: _`")
    };
    (@mid [$($finish:tt)*] $o:tt $c:tt $m:tt [] [$($read:tt)*] $(,)?) => {
        $($finish)*!($o $m $c $($read)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt [] [$($read:tt)*] , $($rest:tt)*) => {
        ::core::compile_error!("one call is expected here, and nothing after it")
    };
    // The end of a group, and of an argument.
    (@mid $f:tt $o:tt $c:tt $m:tt [[$($before:tt)*] ($($after:tt)*) $($stack:tt)*] [$($read:tt)*]) => {
        $crate::__place!(@mid $f $o $c $m [$($stack)*] [$($before)* ($($read)*)] $($after)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt [$top:tt $($stack:tt)*] [$($read:tt)*] , $($rest:tt)*) => {
        $crate::__place!(@arg $f $o $c $m [$top $($stack)*] [$($read)*,] $($rest)*)
    };
    // What is stepped over: nested macro calls, patterns, generic arguments.
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $name:ident ! $group:tt $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $name ! $group] $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] let $($rest:tt)*) => {
        $crate::__place!(@pattern $f $o $c $m $stack [$($read)* let] $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] :: < $($rest:tt)*) => {
        $crate::__place!(@generics [<] $f $o $c $m $stack [$($read)* :: <] $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] :: << $($rest:tt)*) => {
        $crate::__place!(@generics [< <] $f $o $c $m $stack [$($read)* :: <<] $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] as $name:ident < $($rest:tt)*) => {
        $crate::__place!(@generics [<] $f $o $c $m $stack [$($read)* as $name <] $($rest)*)
    };
    // Otherwise up to three tokens at once, as far as none of the above and no comma or group begins among them.
    (@mid $f:tt $o:tt $c:tt $m:tt [$($stack:tt)*] [$($read:tt)*] ($($inner:tt)*) $($rest:tt)*) => {
        $crate::__place!(@arg $f $o $c $m [[$($read)* ] ($($rest)*) $($stack)*] [] $($inner)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt [$top:tt $($stack:tt)*] [$($read:tt)*] $a:tt , $($rest:tt)*) => {
        $crate::__place!(@arg $f $o $c $m [$top $($stack)*] [$($read)* $a ,] $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt () $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a ()] $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt [$($stack:tt)*] [$($read:tt)*] $a:tt ($($inner:tt)*) $($rest:tt)*) => {
        $crate::__place!(@arg $f $o $c $m [[$($read)* $a] ($($rest)*) $($stack)*] [] $($inner)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt ! $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a] ! $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt let $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a] let $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:ident :: $b:ident $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a ::] $b $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt :: $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a] :: $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt as $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a] as $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt [$top:tt $($stack:tt)*] [$($read:tt)*] $a:tt $b:tt , $($rest:tt)*) => {
        $crate::__place!(@arg $f $o $c $m [$top $($stack)*] [$($read)* $a $b ,] $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt $b:tt () $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a $b ()] $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt [$($stack:tt)*] [$($read:tt)*] $a:tt $b:tt ($($inner:tt)*) $($rest:tt)*) => {
        $crate::__place!(@arg $f $o $c $m [[$($read)* $a $b] ($($rest)*) $($stack)*] [] $($inner)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt $b:tt ! $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a $b] ! $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt $b:tt let $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a $b] let $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt $b:tt :: $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a $b] :: $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt $b:tt as $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a $b] as $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $a:tt $b:tt $t:tt $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $a $b $t] $($rest)*)
    };
    (@mid $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $t:tt $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $t] $($rest)*)
    };

    // ---- Stepping over ----

    (@closure $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $closure:expr $(, $($rest:tt)*)?) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* $closure] $(, $($rest)*)?)
    };

    (@pattern $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] = $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* =] $($rest)*)
    };
    (@pattern $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $t:tt $($rest:tt)*) => {
        $crate::__place!(@pattern $f $o $c $m $stack [$($read)* $t] $($rest)*)
    };

    (@generics [<] $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] > $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* >] $($rest)*)
    };
    (@generics [< <] $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] >> $($rest:tt)*) => {
        $crate::__place!(@mid $f $o $c $m $stack [$($read)* >>] $($rest)*)
    };
    (@generics [< $($open:tt)*] $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] > $($rest:tt)*) => {
        $crate::__place!(@generics [$($open)*] $f $o $c $m $stack [$($read)* >] $($rest)*)
    };
    (@generics [< < $($open:tt)*] $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] >> $($rest:tt)*) => {
        $crate::__place!(@generics [$($open)*] $f $o $c $m $stack [$($read)* >>] $($rest)*)
    };
    (@generics [$($open:tt)*] $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] < $($rest:tt)*) => {
        $crate::__place!(@generics [< $($open)*] $f $o $c $m $stack [$($read)* <] $($rest)*)
    };
    (@generics [$($open:tt)*] $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] << $($rest:tt)*) => {
        $crate::__place!(@generics [< < $($open)*] $f $o $c $m $stack [$($read)* <<] $($rest)*)
    };
    (@generics $open:tt $f:tt $o:tt $c:tt $m:tt $stack:tt [$($read:tt)*] $t:tt $($rest:tt)*) => {
        $crate::__place!(@generics $open $f $o $c $m $stack [$($read)* $t] $($rest)*)
    };
}

/// Turns a completer into the claims that the callbacks of a call hold.
#[doc(hidden)]
#[macro_export]
macro_rules! __claim {
    (one ($claim:ident $err:ident) $done:ident $($call:tt)+) => {{
        let $claim = $crate::__private::Claim::new($done);
        $($call)+
    }};
    (sync ($claim:ident $err:ident) $done:ident $($call:tt)+) => {{
        let $claim = $crate::__private::SyncClaim::new($done);
        $($call)+
    }};
    (both ($claim:ident $err:ident) $done:ident $($call:tt)+) => {{
        let ($claim, $err) = $crate::__private::pair($done);
        $($call)+
    }};
}
