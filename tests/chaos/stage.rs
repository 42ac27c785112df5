//! A folder in which one scene is run again and again, with everything that its user must be able to read.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::scene::Scene;

pub const SERVER: &str = "truth-server";
/// Where another user finds the interpreter.
const INTERPRETER: &str = "/mnt";
/// Keeps a broken build from hanging.
const LONG: Duration = Duration::from_mins(3);

pub struct Stage {
    folder: TempDir,
    user: Option<u32>,
    /// How long a run takes that nobody disturbs.
    pub lasts: Duration,
}

impl Stage {
    /// Puts everything in place and runs the scene once undisturbed.
    pub fn new(scene: Scene, user: Option<u32>) -> Self {
        let folder = tempfile::Builder::new().prefix("chaos-").tempdir_in("/tmp").unwrap();
        let mut stage = Self { folder, user, lasts: Duration::ZERO };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        open(stage.path(), 0o755);
        fs::copy(env!("CARGO_BIN_EXE_pianoprof"), stage.at("pianoprof")).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_truth-server"), stage.at(SERVER)).unwrap();
        fs::create_dir(stage.at("piano")).unwrap();
        for file in ["schema.sql", "seed.sql"] {
            fs::copy(root.join("fixtures/piano").join(file), stage.at("piano").join(file)).unwrap();
        }
        if scene == Scene::Piano {
            stage.take(&root.join("targets/flask"));
        }
        fs::write(stage.at("pianoprof.toml"), scene.config()).unwrap();
        fs::create_dir(stage.at("tmp")).unwrap();
        open(&stage.at("tmp"), 0o1777);
        if let Some(user) = user {
            chown(stage.path(), Some(user), Some(user)).unwrap();
        }
        let began = Instant::now();
        let status = stage.finish(&["run", "--out", "out"]);
        assert!(matches!(status.code(), Some(0 | 1 | 3)) && stage.complete(), "{status:?}: {}", stage.said());
        stage.lasts = began.elapsed();
        assert_eq!(crate::traces::left(&stage), Vec::<String>::new(), "left after an undisturbed run");
        stage.clear();
        stage
    }

    /// The Flask target: a link, or a copy where another user may not follow it.
    fn take(&self, flask: &Path) {
        if self.user.is_none() {
            return std::os::unix::fs::symlink(flask, self.at("flask")).unwrap();
        }
        let copied = Command::new("cp").arg("-r").arg(flask).arg(self.at("flask")).status().unwrap();
        assert!(copied.success());
        // Its interpreter may lie in a home folder of mode 0700: it is mounted where this thread alone sees it, and outside
        // this folder, which is removed with all that is in it.
        let linked = self.at("flask/.venv/bin/python3");
        let program = fs::canonicalize(&linked).unwrap();
        let (home, none) = (program.parent().unwrap().parent().unwrap(), None::<&str>);
        nix::mount::mount(Some(home), INTERPRETER, none, nix::mount::MsFlags::MS_BIND, none).unwrap();
        fs::remove_file(&linked).unwrap();
        let bin = Path::new(INTERPRETER).join("bin");
        std::os::unix::fs::symlink(bin.join(program.file_name().unwrap()), &linked).unwrap();
        fs::write(self.at("flask/.venv/pyvenv.cfg"), format!("home = {}\n", bin.display())).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Starts the program here, as this stage's user.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let said = fs::File::options().create(true).append(true).open(self.at("said")).unwrap();
        let mut command = Command::new(self.at("pianoprof"));
        command.args(arguments).current_dir(self.path()).env("TMPDIR", self.at("tmp"));
        command.stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said);
        if let Some(user) = self.user {
            command.uid(user).gid(user).env("HOME", self.path());
            command.env("LD_LIBRARY_PATH", Path::new(INTERPRETER).join("lib"));
        }
        command.spawn().unwrap()
    }

    /// Runs the program to its end.
    pub fn finish(&self, arguments: &[&str]) -> ExitStatus {
        let mut child = self.start(arguments);
        self.end(&mut child)
    }

    /// Waits for the end of a program started here.
    pub fn end(&self, child: &mut Child) -> ExitStatus {
        let late = Instant::now() + LONG;
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if Instant::now() > late {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("it did not end: {}", self.said());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it printed since the last [`Self::clear`].
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.at("said")).unwrap_or_default()).into_owned()
    }

    fn stored(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&fs::read(self.at("out/run.json")).ok()?).ok()
    }

    /// Trials in the stored run, those that an interrupt cut short included.
    pub fn trials(&self) -> Option<usize> {
        Some(self.stored()?["trials"].as_array()?.len())
    }

    pub fn complete(&self) -> bool {
        self.stored().is_some_and(|run| run["complete"] == true)
    }

    /// Makes room for the next round.
    pub fn clear(&self) {
        let _ = fs::remove_dir_all(self.at("out"));
        let _ = fs::remove_file(self.at("said"));
    }
}

fn open(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
