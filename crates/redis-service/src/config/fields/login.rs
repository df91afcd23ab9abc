//! The login and TLS.

use std::path::PathBuf;

use super::super::{
    field::{Field, put},
    text,
};
use super::show_optional;

pub(super) static FIELDS: &[Field] = &[
    Field::new(
        "username",
        "REDIS_USERNAME",
        "The ACL user; none is Redis' user `default`.",
        |draft, text| put(&mut draft.config.username, text::secret(text).map(Some)),
        |draft| show_optional(draft.config.username.as_ref().map(|_| "set")),
    )
    .part("user"),
    Field::new(
        "password",
        "REDIS_PASSWORD",
        "The password.",
        |draft, text| {
            draft.cluster_password = None;
            put(&mut draft.config.password, text::secret(text).map(Some))
        },
        |draft| show_optional(draft.config.password.as_ref().map(|_| "set")),
    )
    .part("password"),
    Field::new(
        "password",
        "REDIS_CLUSTERS_PASSWORD",
        "The password, for a cluster; before `REDIS_PASSWORD`.",
        |draft, text| put(&mut draft.cluster_password, text::secret(text).map(Some)),
        |draft| show_optional(draft.cluster_password.as_ref().map(|_| "set")),
    )
    .part("password"),
    Field::new(
        "db",
        "REDIS_DB",
        "The number of the database; a cluster has only 0.",
        |draft, text| put(&mut draft.config.db, text::number(text)),
        |draft| draft.config.db.to_string(),
    )
    .part("path")
    .option("db"),
    Field::new(
        "tls",
        "REDIS_USE_SSL",
        "Whether to connect with TLS. In a file, an object: `{}` is TLS without options.",
        |draft, text| put(&mut draft.tls_enabled, text::boolean(text)),
        |draft| draft.tls_enabled.to_string(),
    )
    .part("scheme `rediss`"),
    Field::new(
        "tls.ca_file",
        "REDIS_TLS_CA_FILE",
        "PEM file of the authorities to trust instead of the operating system's.",
        |draft, text| put(&mut draft.tls.ca_file, text::words(text).map(|path| Some(PathBuf::from(path)))),
        |draft| show_optional(draft.tls.ca_file.as_ref().map(|path| path.display())),
    )
    .option("tls_ca_file"),
    Field::new(
        "tls.client_certificate",
        "REDIS_TLS_CLIENT_CERTIFICATE",
        "PEM file of the client's certificate.",
        |draft, text| {
            put(&mut draft.tls.client_certificate, text::words(text).map(|path| Some(PathBuf::from(path))))
        },
        |draft| show_optional(draft.tls.client_certificate.as_ref().map(|path| path.display())),
    )
    .option("tls_client_certificate"),
    Field::new(
        "tls.client_key",
        "REDIS_TLS_CLIENT_KEY",
        "PEM file of that certificate's private key.",
        |draft, text| put(&mut draft.tls.client_key, text::words(text).map(|path| Some(PathBuf::from(path)))),
        |draft| show_optional(draft.tls.client_key.as_ref().map(|path| path.display())),
    )
    .option("tls_client_key"),
    Field::new(
        "tls.server_name",
        "REDIS_TLS_SERVER_NAME",
        "The name that the server's certificate must have, instead of the host's.",
        |draft, text| put(&mut draft.tls.server_name, text::host(text).map(Some)),
        |draft| show_optional(draft.tls.server_name.as_ref()),
    )
    .option("tls_server_name"),
];
