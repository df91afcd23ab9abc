use std::{
    env,
    future::Future,
    net::{Ipv4Addr, SocketAddr, ToSocketAddrs},
    sync::{Mutex, OnceLock},
    thread,
};

use testcontainers::{
    ContainerAsync, ContainerRequest, CopyTargetOptions, GenericImage, ImageExt, TestcontainersError,
    bollard,
    core::{IntoContainerPort, client::docker_client_instance},
    runners::AsyncRunner,
};
use tokio::runtime::Runtime;

use super::{Engine, tail};
use crate::{
    Error,
    access::Access,
    configuration::{ListenAddress, render},
    lock::lock,
    options::Options,
};

/// How long a server may take for a graceful shutdown, in seconds.
const FAREWELL: i32 = 2;
const FILES: &str = "/redis-testkit";

/// A server in a container, on the same port inside as outside.
#[derive(Debug)]
pub(crate) struct Container {
    container: Option<ContainerAsync<GenericImage>>,
    frozen: Mutex<bool>,
}

impl Container {
    /// Creates and starts the container: unlike a process, it cannot be had without.
    pub(crate) fn prepare(options: &Options, access: &mut Access, port: u16) -> Result<Self, Error> {
        let request = request(options, access, port);
        let (container, host) = apart("start a container", async move {
            let container = request.start().await?;
            let host = container.get_host().await?.to_string();
            Ok::<_, TestcontainersError>((container, host))
        })?;
        access.addresses = addresses(&host, port)?;
        Ok(Self { container: Some(container), frozen: Mutex::new(false) })
    }

    fn container(&self) -> Result<&ContainerAsync<GenericImage>, Error> {
        self.container.as_ref().ok_or(Error::NotRunning)
    }
}

impl Engine for Container {
    fn start(&self) -> Result<(), Error> {
        let container = self.container()?;
        if self.is_running() { Ok(()) } else { apart("start a container", container.start()) }
    }

    fn kill(&self) -> Result<(), Error> {
        let mut frozen = lock(&self.frozen);
        let id = self.container()?.id().to_owned();
        if !self.is_running() {
            return Err(Error::NotRunning);
        }
        apart("kill a container", async move {
            let docker = docker_client_instance().await.map_err(|error| error.to_string())?;
            // SIGKILL is what Docker sends by default; it thaws a paused container for it.
            let options = None::<bollard::query_parameters::KillContainerOptions>;
            docker.kill_container(&id, options).await.map_err(|error| error.to_string())
        })?;
        *frozen = false;
        Ok(())
    }

    fn freeze(&self) -> Result<(), Error> {
        let mut frozen = lock(&self.frozen);
        if !self.is_running() {
            return Err(Error::NotRunning);
        }
        if !*frozen {
            apart("pause a container", self.container()?.pause())?;
            *frozen = true;
        }
        Ok(())
    }

    fn thaw(&self) -> Result<(), Error> {
        let mut frozen = lock(&self.frozen);
        if !self.is_running() {
            return Err(Error::NotRunning);
        }
        if *frozen {
            apart("unpause a container", self.container()?.unpause())?;
            *frozen = false;
        }
        Ok(())
    }

    fn terminate(&self) -> Result<(), Error> {
        if self.thaw().is_err() {
            return Ok(());
        }
        apart("stop a container", self.container()?.stop_with_timeout(Some(FAREWELL)))
    }

    fn is_running(&self) -> bool {
        self.container().and_then(|it| apart("inspect a container", it.is_running())).unwrap_or(false)
    }

    fn process_id(&self) -> Option<u32> {
        None
    }

    fn log(&self) -> String {
        // Redis complains of its configuration on standard error, and logs to standard output.
        let log = self.container().and_then(|it| {
            apart("read a container's log", async {
                Ok::<_, TestcontainersError>([it.stdout_to_vec().await?, it.stderr_to_vec().await?].concat())
            })
        });
        log.map_or_else(|error| error.to_string(), |log| tail(&log))
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if let Some(container) = self.container.take() {
            // Frozen or not: removal is by force. What remains undone, the engine's log tells.
            let _ = apart("remove a container", container.rm());
        }
    }
}

fn request(options: &Options, access: &Access, port: u16) -> ContainerRequest<GenericImage> {
    let image = env::var("REDIS_IMAGE").ok().filter(|image| !image.is_empty());
    let image = image.as_deref().unwrap_or("redis:8-alpine");
    // A colon before the last slash belongs to a registry's port.
    let (name, tag) =
        image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((image, "latest"));

    let file = |name: &str| format!("{FILES}/{name}");
    let tls = options.tls.as_ref().map(|_| ["authority.pem", "server.pem", "server.key"].map(file));
    let place = ListenAddress { port, bind: "0.0.0.0", folder: "/data", tls };
    let configuration = render(options, &place, access.password.as_deref()).into_bytes();

    // Readable by all: the image's entry point lays down its privileges before it starts the server.
    let shared = |name: &str| CopyTargetOptions::new(file(name)).with_mode(0o644);
    let mut request = GenericImage::new(name, tag)
        .with_mapped_port(port, port.tcp())
        .with_cmd(["redis-server".to_owned(), file("redis.conf")])
        .with_copy_to(shared("redis.conf"), configuration);
    if let Some(tls) = &options.tls {
        let identity = tls.certificates.server(tls.presents);
        request = request
            .with_copy_to(shared("authority.pem"), tls.certificates.authority())
            .with_copy_to(shared("server.pem"), identity.certificate())
            .with_copy_to(shared("server.key"), identity.key());
    }
    request
}

/// Where the published port may be: here, or where the engine is (another machine, or the host of a test that itself
/// runs in a container).
fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let mut addresses = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
    let resolved = (host, port).to_socket_addrs().map_err(Error::io(format!("resolve {host}")))?;
    addresses.extend(resolved.filter(|address| !address.ip().is_loopback()));
    Ok(addresses)
}

/// Runs `work` to its end on a thread and a runtime of the testkit's own, because the caller may be in a runtime that
/// must not be blocked on.
fn apart<T, E, F>(doing: &'static str, work: F) -> Result<T, Error>
where
    T: Send,
    E: ToString + Send,
    F: Future<Output = Result<T, E>> + Send,
{
    let failed = |reason: String| Error::Container { doing, reason };
    let runtime = runtime().map_err(Error::io("start a runtime for the container engine"))?;
    thread::scope(|scope| scope.spawn(|| runtime.block_on(work)).join())
        .map_err(|_| failed("its thread panicked".to_owned()))?
        .map_err(|error| failed(error.to_string()))
}

/// One for the process, never dropped: the engine's client is shared, and its connections live on this.
fn runtime() -> std::io::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // Lost to another thread, this one is still idle and may go, but not from within a runtime.
    match RUNTIME.set(runtime) {
        Ok(()) => {}
        Err(spare) => spare.shutdown_background(),
    }
    RUNTIME.get().ok_or_else(|| std::io::ErrorKind::Other.into())
}
