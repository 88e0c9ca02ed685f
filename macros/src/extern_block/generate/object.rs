//! The type for the object that owns the operations of a block.
use crate::extern_block::block::Block;
use proc_macro2::TokenStream;
use quote::quote;

pub(in crate::extern_block) fn owner(block: &Block) -> Option<TokenStream> {
    let owner = block.owner.as_ref()?;
    let krate = &block.krate;
    let (name, raw, vis) = (&owner.name, &owner.raw, &owner.on_close.vis);
    let on_close = &owner.on_close.sig.ident;
    let doc = format!(
        "An object of the library, with the operations that it holds: dropped, [`{on_close}`] ends it, and what is outstanding fails."
    );
    let safety = format!(
        "# Safety\n\nNobody else ends the object, and it may be ended on this thread. When `{on_close}` has returned, C calls nothing of it any more."
    );
    Some(quote! {
        #[doc = #doc]
        #[derive(Debug)]
        #vis struct #name {
            object: #krate::ffi::Object<#raw>,
        }

        impl #name {
            /// Takes an object over.
            #[doc = ""]
            #[doc = #safety]
            #[allow(dead_code, clippy::missing_safety_doc)]
            #vis unsafe fn from_raw(raw: #raw) -> Self {
                #[allow(clippy::let_underscore_untyped, clippy::let_unit_value)]
                unsafe fn end(raw: #raw) {
                    // SAFETY: what the attribute says about the C function, and what `from_raw` was promised.
                    #[allow(unused_unsafe)]
                    let _ = unsafe { #on_close(raw) };
                }
                // SAFETY: passed on.
                Self { object: unsafe { #krate::ffi::Object::new(raw, end) } }
            }
        }

        impl ::core::ops::Deref for #name {
            type Target = #krate::ffi::Object<#raw>;
            fn deref(&self) -> &Self::Target {
                &self.object
            }
        }

        impl ::core::ops::DerefMut for #name {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.object
            }
        }
    })
}
