use serde::{Deserialize, Serialize};

use crate::failure::Result;

/// What is stored: about a hundred bytes of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: u64,
    name: String,
    email: String,
    visits: u64,
    active: bool,
}

impl User {
    pub(crate) fn new(id: u64) -> Self {
        Self {
            id,
            name: "Ada Lovelace".to_owned(),
            email: "ada.lovelace@example.org".to_owned(),
            visits: 40 + id,
            active: true,
        }
    }

    pub(crate) fn to_json(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }
}

/// What every peer does with the bytes of a value.
pub(crate) fn decode(bytes: Option<impl AsRef<[u8]>>) -> Result<Option<User>> {
    Ok(bytes.map(|bytes| serde_json::from_slice(bytes.as_ref())).transpose()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_about_a_hundred_bytes() {
        for id in [0, 999] {
            let json = User::new(id).to_json().unwrap();
            assert!((90..110).contains(&json.len()), "{}", String::from_utf8_lossy(&json));
            assert_eq!(decode(Some(json)).unwrap(), Some(User::new(id)));
        }
        assert_eq!(decode(None::<&[u8]>).unwrap(), None);
    }
}
