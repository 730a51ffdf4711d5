//! Styles: MapLibre style documents for the layers, and the fonts that they use.

use std::collections::HashMap;

use serde_json::Value;

use crate::handlers::page::Page;
use crate::values::content_encoding::Encoding;
use crate::values::document::Document;

/// The files in the page's folder of styles, by name.
#[derive(Debug, Default)]
pub struct Styles(HashMap<String, Document>);

impl Styles {
    /// The styles of a page. `public_url` is put before the URLs in them, so that maps on other hosts
    /// can load them.
    #[must_use]
    pub fn of(page: &Page, public_url: &str) -> Self {
        let files = page.below("/styles/").map(|(name, file)| {
            let file = if file.content_type == "application/json" {
                absolute(file, public_url)
            } else {
                file.clone()
            };
            (name.to_owned(), file)
        });
        Self(files.collect())
    }

    /// A style document or a font.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Document> {
        self.0.get(name)
    }
}

fn absolute(style: &Document, public_url: &str) -> Document {
    match serde_json::from_slice(&style.body(Encoding::Identity)) {
        Ok(mut value) => {
            begin_with(&mut value, public_url);
            Document::json(&value)
        }
        Err(_) => style.clone(),
    }
}

/// Puts the public URL before each URL of this API in a document.
fn begin_with(value: &mut Value, public_url: &str) {
    match value {
        Value::String(text) if text.starts_with("/v1/") => text.insert_str(0, public_url),
        Value::Array(items) => items.iter_mut().for_each(|item| begin_with(item, public_url)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| begin_with(field, public_url));
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}
