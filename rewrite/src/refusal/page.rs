//! The page of each code: what it means, the smallest example, how to change the code.
use super::Code;

macro_rules! pages {
    ($($code:ident)*) => {
        impl Code {
            /// The page that explains the code, in Markdown.
            ///
            /// ```
            /// # use uncallback_rewrite::Code;
            /// assert!(Code::UC01.page().starts_with("# UC01"));
            /// ```
            pub fn page(self) -> &'static str {
                match self {
                    $(Code::$code => include_str!(concat!("pages/", stringify!($code), ".md")),)*
                }
            }
        }
    };
}

pages! {
    UC01 UC02 UC03 UC04 UC05 UC06 UC07 UC08 UC09 UC10 UC11 UC12
    UC13 UC14 UC15 UC16 UC17 UC18 UC19 UC20 UC21 UC22 UC23 UC99
}
