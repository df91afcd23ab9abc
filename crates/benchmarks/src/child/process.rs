//! What a process can say of itself, and what its parent hears.

use std::{env, fs, process::Command};

use super::FLAG;
use crate::failure::Result;

/// Runs this program as a child; the numbers in the last line that it prints.
pub(super) fn ask(words: &[&str]) -> Result<Vec<f64>> {
    let output = Command::new(env::current_exe()?).arg(FLAG).args(words).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let said = String::from_utf8(output.stdout)?;
    let last = said.lines().last().unwrap_or_default();
    Ok(last.split(' ').map(str::parse).collect::<Result<_, _>>()?)
}

/// The most memory that this process had, in MiB.
pub(super) fn peak_memory() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    Ok(peak.ok_or("the system does not tell")?.parse::<f64>()? / 1024.0)
}

/// How many TCP sockets this process has.
pub(super) fn sockets() -> Result<usize> {
    let tcp = fs::read_to_string("/proc/self/net/tcp")?;
    let tcp: Vec<_> = tcp.lines().filter_map(|line| line.split_whitespace().nth(9)).collect();
    let mut count = 0;
    for descriptor in fs::read_dir("/proc/self/fd")? {
        // The folder's own descriptor is gone by now.
        let Ok(target) = fs::read_link(descriptor?.path()) else { continue };
        let target = target.to_string_lossy().into_owned();
        let socket = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        count += usize::from(socket.is_some_and(|socket| tcp.contains(&socket)));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn sockets_and_memory_are_reported() {
        let before = sockets().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(sockets().unwrap() >= before + 2);
        assert!(peak_memory().unwrap() > 1.0);
    }
}
