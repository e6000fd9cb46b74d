//! What a machine runs: Debian's own kernel, and programs with all that they load, in memory; nothing is
//! installed anywhere.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::house;

/// What is taken of the kernel's package.
const WANTED: [&str; 6] = [
    "./boot/vmlinuz*",
    "./lib/modules/*/kernel/sound/*",
    "./lib/modules/*/kernel/drivers/usb/*",
    "./lib/modules/*/kernel/drivers/base/*",
    "./lib/modules/*/kernel/drivers/media/mc/*",
    "./lib/modules/*/modules.*",
];

/// Debian's kernel with the modules that cards need, unpacked below the target folder once.
pub(super) fn kernel() -> Result<PathBuf> {
    let folder = house::target().join("vm-kernel");
    if folder.join("whole").exists() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder)?;
    let depends = said(Command::new("apt-cache").args(["depends", "linux-image-amd64"]))?;
    let package = depends
        .lines()
        .find_map(|line| line.trim().strip_prefix("Depends: "));
    let package = package.context("apt knows no kernel; run apt-get update")?;
    said(
        Command::new("apt-get")
            .args(["-q", "download", package])
            .current_dir(&folder),
    )?;
    let mut files = std::fs::read_dir(&folder)?.flatten();
    let deb = files
        .find(|file| file.path().extension().is_some_and(|e| e == "deb"))
        .context("apt downloaded nothing")?
        .path();
    let archive = folder.join("kernel.tar");
    let mut unpack = Command::new("dpkg-deb");
    let unpack = unpack.arg("--fsys-tarfile").arg(&deb);
    let status = unpack.stdout(std::fs::File::create(&archive)?).status()?;
    if !status.success() {
        bail!("the kernel's package could not be opened: {status}");
    }
    let mut take = Command::new("tar");
    take.arg("-xf")
        .arg(&archive)
        .arg("--wildcards")
        .args(WANTED);
    said(take.current_dir(&folder))?;
    std::fs::remove_file(&archive)?;
    std::fs::remove_file(&deb)?;
    let version = version(&folder)?;
    said(Command::new("depmod").arg("-b").arg(&folder).arg(&version))?;
    std::fs::File::create_new(folder.join("whole"))?;
    Ok(folder)
}

fn version(kernel: &Path) -> Result<String> {
    let mut modules = std::fs::read_dir(kernel.join("lib/modules"))?.flatten();
    let found = modules.next().context("the kernel has no modules")?;
    Ok(found.file_name().to_string_lossy().into_owned())
}

pub(super) fn vmlinuz(kernel: &Path) -> Result<PathBuf> {
    let mut files = std::fs::read_dir(kernel.join("boot"))?.flatten();
    Ok(files.next().context("the kernel is missing")?.path())
}

/// A system as it is put together.
pub(super) struct System {
    root: PathBuf,
}

impl System {
    /// Busybox and the kernel's modules, below a folder.
    pub(super) fn begin(folder: &Path, kernel: &Path) -> Result<Self> {
        let root = folder.join("root");
        std::fs::create_dir_all(root.join("bin"))?;
        std::fs::copy("/bin/busybox", root.join("bin/busybox"))
            .context("busybox is missing; image/install-packages vm installs it")?;
        let system = Self { root };
        system.folder(&kernel.join("lib/modules"), "lib")?;
        system.folder(Path::new("/usr/share/alsa"), "usr/share")?;
        Ok(system)
    }

    /// A program and the libraries that it loads.
    pub(super) fn program(&self, program: &Path, to: &str) -> Result<()> {
        self.file(program, to)?;
        self.libraries(program)
    }

    /// The libraries that a program or a plugin loads.
    pub(super) fn libraries(&self, program: &Path) -> Result<()> {
        let loads = said(Command::new("ldd").arg(program))?;
        let libraries = loads
            .split_whitespace()
            .filter(|word| word.starts_with('/'));
        for library in libraries {
            self.file(Path::new(library), library.trim_start_matches('/'))?;
        }
        Ok(())
    }

    fn file(&self, from: &Path, to: &str) -> Result<()> {
        let place = self.root.join(to);
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(from, &place).with_context(|| format!("{} is missing", from.display()))?;
        Ok(())
    }

    /// A folder with all that lies in it.
    pub(super) fn folder(&self, from: &Path, to: &str) -> Result<()> {
        let place = self.root.join(to);
        std::fs::create_dir_all(&place)?;
        said(Command::new("cp").arg("-rL").arg(from).arg(place))?;
        Ok(())
    }

    /// The whole as an archive, with what its first process does.
    pub(super) fn pack(self, folder: &Path, first: &str) -> Result<PathBuf> {
        let init = self.root.join("init");
        std::fs::File::create_new(&init)?.write_all(first.as_bytes())?;
        std::fs::set_permissions(&init, std::fs::Permissions::from_mode(0o755))?;
        let initrd = folder.join("initrd");
        let mut pack = Command::new("sh");
        pack.args(["-c", "find . | cpio --quiet -o -H newc"]);
        let status = pack
            .current_dir(&self.root)
            .stdout(std::fs::File::create(&initrd)?)
            .status()?;
        if !status.success() {
            bail!("the system could not be packed: {status}");
        }
        Ok(initrd)
    }
}

fn said(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("could not start {program}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{program} failed: {said}");
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
