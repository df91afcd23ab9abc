//! Help, completions and man pages.

use std::fs;

use crate::fixture::Tool;

const COMMANDS: [&str; 15] = [
    "get",
    "set",
    "edit",
    "delete",
    "list",
    "namespaces",
    "history",
    "diff",
    "rollback",
    "watch",
    "export",
    "import",
    "status",
    "completions",
    "man",
];

#[test]
fn help_names_every_command_and_every_exit_code() {
    let tool = Tool::new();
    let help = tool.ok(&["--help"]);
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
        let help = tool.ok(&[command, "--help"]);
        assert!(
            help.contains("Usage: redis-config ") && (help.contains("Example") || command == "status"),
            "{help}"
        );
    }
    for code in 0..=10 {
        assert!(help.contains(&format!("\n  {code:>2}  ")), "{code}");
    }
}

#[test]
fn completions_are_scripts_that_know_every_command() {
    let tool = Tool::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = tool.ok(&["completions", shell]);
        assert!(COMMANDS.iter().all(|command| script.contains(command)), "{shell}");
    }
    fs::write(tool.file("completions"), tool.ok(&["completions", "bash"])).unwrap();
    // As bash does when the user presses the tab key.
    let ask = "
        . ./completions
        [[ $(complete -p redis-config) =~ -F\\ ([^ ]+) ]]
        COMP_WORDS=(redis-config ro) COMP_CWORD=1
        ${BASH_REMATCH[1]} redis-config ro redis-config
        echo $COMPREPLY";
    let answer = std::process::Command::new("bash")
        .args(["-c", ask])
        .current_dir(tool.folder.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "rollback\n", "{answer:?}");
}

#[test]
fn man_pages_have_every_command_and_every_exit_code() {
    let tool = Tool::new();
    let page = tool.ok(&["man"]);
    assert!(page.contains(".TH redis-config 1") && page.contains("Exit codes:"), "{page}");
    let page = tool.ok(&["man", "watch"]);
    assert!(page.contains(".TH redis-config-watch 1") && page.contains("fail\\-if\\-stale"), "{page}");
    tool.ok(&["man", "--dir", "pages"]);
    let mut pages: Vec<_> = fs::read_dir(tool.file("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let mut expected: Vec<_> = COMMANDS.iter().map(|command| format!("redis-config-{command}.1")).collect();
    expected.push("redis-config.1".to_owned());
    expected.sort();
    assert_eq!(pages, expected);
}
