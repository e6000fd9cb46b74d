//! Files brought to OpenSSH's server and to ProFTPD, and what happens when somebody or something is in the way.

use std::io::{self, Read};
use std::path::Path;

use courier::{Before, Courier, CourierError, Keeping, Parcel, Put, Secret, Server};
use delivery::upload::{Check, RemotePath};
use flows::readers::read_with;
use flows::recipients::{Proftpd, Relay, Safety, Sshd, checksums};
use flows::small_disk::SmallDisk;
use sha2::{Digest as _, Sha256};

fn server(to: &str, host_key: Option<&str>, secret: Secret) -> Server {
    Server {
        to: to.parse().unwrap(),
        host_key: host_key.map(|key| key.to_owned().try_into().unwrap()),
        check: Check::Size,
        secret,
    }
}

fn kept(place: &Path, name: &str) -> Secret {
    let name = name.to_owned().try_into().unwrap();
    Secret::read(place, Keeping::Ours, &name).unwrap()
}

/// A secret in a file of its own.
fn secret(text: &str) -> Secret {
    use std::os::unix::fs::OpenOptionsExt as _;
    let place = tempfile::tempdir().unwrap().keep();
    let path = place.join("it's a secret");
    let mut open = std::fs::File::options();
    let mut file = open
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    kept(&place, "it's a secret")
}

fn password(word: &str) -> Secret {
    secret(word)
}

fn by_key(sshd: &Sshd, to: &str) -> Server {
    server(to, Some(&sshd.fingerprint()), kept(sshd.place(), "login"))
}

fn by_password(ftpd: &Proftpd, to: &str) -> Server {
    let key = ftpd.fingerprint();
    let key = to.starts_with("ftps").then_some(key.as_str());
    server(to, key, password(ftpd.password()))
}

/// Bytes that never repeat for long.
fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut made = Vec::with_capacity(bytes + 8);
    while made.len() < bytes {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        made.extend((state >> 11).to_le_bytes());
    }
    made.truncate(bytes);
    made
}

struct File {
    path: RemotePath,
    content: Vec<u8>,
    sha256: String,
}

impl File {
    fn new(path: &str, content: Vec<u8>) -> Self {
        Self {
            path: RemotePath::new(path).unwrap(),
            sha256: hex::encode(Sha256::digest(&content)),
            content,
        }
    }

    async fn put(&self, courier: &mut Courier) -> Result<Put, CourierError> {
        self.put_with(courier, Before::Unknown, &mut |_| Ok(()))
            .await
    }

    async fn put_with(
        &self,
        courier: &mut Courier,
        before: Before,
        told: &mut (dyn FnMut(u64) -> Result<(), CourierError> + Send),
    ) -> Result<Put, CourierError> {
        let open = || -> io::Result<Box<dyn Read + Send>> {
            Ok(Box::new(io::Cursor::new(self.content.clone())))
        };
        let parcel = Parcel {
            path: &self.path,
            bytes: u64::try_from(self.content.len()).unwrap(),
            sha256: &self.sha256,
            before,
            open: &open,
        };
        courier.put(&parcel, told).await
    }

    fn lies_in(&self, folder: &Path) -> bool {
        std::fs::read(folder.join(self.path.as_str())).is_ok_and(|found| found == self.content)
    }
}

fn files() -> Vec<File> {
    vec![
        File::new(
            "4006381333931/resources/01 Snöw (24-48).wav",
            noise(3_000_017, 1),
        ),
        File::new(
            "4006381333931/resources/02 Rain & \"Hail\".wav",
            noise(400_000, 2),
        ),
        File::new("4006381333931/4006381333931.xml", noise(9_000, 3)),
        File::new("BatchComplete.xml", Vec::new()),
    ]
}

fn no_parts(folder: &Path) {
    let parts = read_with(folder, "find . -name '*.part'");
    assert_eq!(parts, "", "nothing half is left");
}

async fn all_arrive(of: impl Fn() -> Server, folder: &Path) {
    let mut courier = Courier::open(of()).await.unwrap();
    courier.try_folder().await.unwrap();
    assert_eq!(checksums(folder).len(), 0, "trying leaves nothing");
    let files = files();
    for file in &files {
        assert_eq!(file.put(&mut courier).await.unwrap(), Put::From(0));
        assert!(file.lies_in(folder), "{}", file.path);
    }
    no_parts(folder);
    for file in &files {
        let mut told = |_| Ok(());
        let again = file.put_with(&mut courier, Before::Put, &mut told);
        assert_eq!(again.await.unwrap(), Put::WasThere);
        assert_eq!(file.put(&mut courier).await.unwrap(), Put::WasThere);
    }
    // Another file of the same size takes its place.
    let other = File::new(files[1].path.as_str(), noise(400_000, 9));
    assert_eq!(other.put(&mut courier).await.unwrap(), Put::From(0));
    assert!(other.lies_in(folder));
    courier.close().await;

    let checked = Server {
        check: Check::Read,
        ..of()
    };
    let mut courier = Courier::open(checked).await.unwrap();
    let one = File::new("checked.wav", noise(700_000, 5));
    assert_eq!(one.put(&mut courier).await.unwrap(), Put::From(0));
    assert!(one.lies_in(folder));
    no_parts(folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_arrive_by_sftp() {
    let sshd = Sshd::new();
    let to = sshd.address(sshd.port(), "");
    all_arrive(|| by_key(&sshd, &to), &sshd.incoming()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_arrive_by_ftps_where_each_session_has_to_be_resumed() {
    let ftpd = Proftpd::new(Safety::Tls);
    let to = ftpd.address(ftpd.port());
    all_arrive(|| by_password(&ftpd, &to), &ftpd.incoming()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_arrive_by_ftp() {
    let ftpd = Proftpd::new(Safety::InTheClear);
    let to = ftpd.address(ftpd.port());
    all_arrive(|| by_password(&ftpd, &to), &ftpd.incoming()).await;
}

async fn why(server: Server) -> (String, bool) {
    match Courier::open(server).await {
        Ok(_) => panic!("it let us in"),
        Err(error) => (error.to_string(), error.is_passing()),
    }
}

#[track_caller]
fn says((said, is_passing): &(String, bool), words: &[&str]) {
    flows::readers::says(said, words);
    assert!(!is_passing, "somebody has to do something: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ssh_server_that_is_not_the_right_one_gets_nothing() {
    let mut sshd = Sshd::new();
    let to = sshd.address(sshd.port(), "");
    let (ours, other) = (sshd.fingerprint(), sshd.fingerprint_of_another());
    let unknown = Server {
        host_key: None,
        ..by_key(&sshd, &to)
    };
    says(
        &why(unknown).await,
        &["nothing was sent", &ours, "ssh-ed25519"],
    );
    let wrong = password("wrong");
    let login = server(&to, Some(&ours), wrong);
    says(&why(login).await, &["did not let", "password", "publickey"]);
    let broken = secret("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n");
    says(
        &why(server(&to, Some(&ours), broken)).await,
        &["without a passphrase"],
    );
    let nowhere = by_key(&sshd, &sshd.address(sshd.port(), "not there"));
    says(&why(nowhere).await, &["has no folder", "not there"]);
    sshd.kill();
    let (said, is_passing) = why(by_key(&sshd, &to)).await;
    assert!(is_passing && said.contains("does not answer"), "{said}");
    let expected = by_key(&sshd, &to);
    sshd.start_as_another();
    says(
        &why(expected).await,
        &["nothing was sent", &ours, &other, "stand in between"],
    );
    assert!(
        !sshd.log().contains("Accepted publickey for") || checksums(&sshd.incoming()).is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ftp_server_that_is_not_the_right_one_gets_nothing() {
    let ftpd = Proftpd::new(Safety::Tls);
    let to = ftpd.address(ftpd.port());
    let unknown = Server {
        host_key: None,
        ..by_password(&ftpd, &to)
    };
    says(&why(unknown).await, &["authority", &ftpd.fingerprint()]);
    let sum = format!("SHA256:{}", "A".repeat(43));
    let another = Server {
        host_key: Some(sum.clone().try_into().unwrap()),
        ..by_password(&ftpd, &to)
    };
    says(
        &why(another).await,
        &[&sum, &ftpd.fingerprint(), "nothing was sent"],
    );
    let wrong = Server {
        secret: password("wrong"),
        ..by_password(&ftpd, &to)
    };
    says(&why(wrong).await, &["did not let", "password"]);
    let clear = Proftpd::new(Safety::InTheClear);
    let safe = clear.address(clear.port()).replace("ftp://", "ftps://");
    says(
        &why(by_password(&clear, &safe)).await,
        &["does not speak TLS"],
    );
}

/// A file that breaks off in the middle has nothing under its name, and is gone on with where it is ours.
async fn goes_on(of: impl Fn(u16) -> Server, port: u16, folder: &Path) {
    let relay = Relay::to(port);
    let file = File::new("there/long.wav", noise(4_000_000, 7));
    let mut courier = Courier::open(of(relay.port())).await.unwrap();
    relay.slow_down(4_000_000);
    let mut told = |place| match place {
        0..2_500_000 => Ok(()),
        _ => Err(CourierError::CalledOff),
    };
    let broken = file.put_with(&mut courier, Before::Unknown, &mut told);
    assert!(matches!(broken.await, Err(CourierError::CalledOff)));
    drop(courier);
    relay.speed_up();
    assert!(!folder.join(file.path.as_str()).exists());
    let part = folder.join(file.path.part(&file.sha256));
    let begun = flows::until("what was sent lies there", flows::lacquer::PATIENCE, || {
        let bytes = std::fs::metadata(&part).ok()?.len();
        (bytes > 100_000).then_some(bytes)
    });
    let mut courier = Courier::open(of(port)).await.unwrap();
    let went_on = file.put(&mut courier).await.unwrap();
    assert!(
        matches!(went_on, Put::From(from) if from >= begun),
        "{went_on:?}"
    );
    assert!(file.lies_in(folder));
    no_parts(folder);

    // What lies there half and is something else is written anew.
    std::fs::remove_file(folder.join(file.path.as_str())).unwrap();
    let mut damaged = file.content[..1_000_000].to_vec();
    damaged[500_000] ^= 1;
    let mut half = std::fs::File::create_new(&part).unwrap();
    io::Write::write_all(&mut half, &damaged).unwrap();
    assert_eq!(file.put(&mut courier).await.unwrap(), Put::From(0));
    assert!(file.lies_in(folder));
    no_parts(folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn sftp_goes_on_where_it_broke_off() {
    let sshd = Sshd::new();
    let of = |port| by_key(&sshd, &sshd.address(port, ""));
    goes_on(of, sshd.port(), &sshd.incoming()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ftps_goes_on_where_it_broke_off() {
    let ftpd = Proftpd::new(Safety::Tls);
    let of = |port| by_password(&ftpd, &ftpd.address(port));
    goes_on(of, ftpd.port(), &ftpd.incoming()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_in_the_middle_is_said_to_be_gone_at_once() {
    let mut sshd = Sshd::new();
    let relay = Relay::to(sshd.port());
    let mut courier = Courier::open(by_key(&sshd, &sshd.address(relay.port(), "")))
        .await
        .unwrap();
    relay.slow_down(1_000_000);
    let file = File::new("long.wav", noise(4_000_000, 7));
    let began = std::time::Instant::now();
    let mut is_there = Some(&mut sshd);
    let mut told = |place| {
        if place > 1_000_000
            && let Some(sshd) = is_there.take()
        {
            sshd.kill();
        }
        Ok(())
    };
    let broken = file.put_with(&mut courier, Before::Unknown, &mut told);
    let error = broken.await.unwrap_err();
    assert!(error.is_passing(), "{error}");
    assert!(began.elapsed().as_secs() < 30, "{error}");
    assert!(!sshd.incoming().join("long.wav").exists());
}

/// A disk that is full over there is waited for; nothing half lies under the file's name.
async fn is_full(server: Server, folder: &Path) {
    let disk = SmallDisk::mount(folder.to_owned(), 8);
    let ballast = disk.leave_free(2);
    let file = File::new("large.wav", noise(5_000_000, 4));
    let mut courier = Courier::open(server.clone()).await.unwrap();
    let error = file.put(&mut courier).await.unwrap_err();
    assert!(error.is_passing(), "{error}");
    assert!(error.to_string().contains("no room left"), "{error}");
    assert!(!folder.join("large.wav").exists());
    std::fs::remove_file(ballast).unwrap();
    let mut courier = Courier::open(server).await.unwrap();
    file.put(&mut courier).await.unwrap();
    assert!(file.lies_in(folder));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_over_there_is_waited_for_by_sftp() {
    let sshd = Sshd::new();
    is_full(
        by_key(&sshd, &sshd.address(sshd.port(), "")),
        &sshd.incoming(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_over_there_is_waited_for_by_ftps() {
    let ftpd = Proftpd::new(Safety::Tls);
    is_full(
        by_password(&ftpd, &ftpd.address(ftpd.port())),
        &ftpd.incoming(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_file_that_is_damaged_is_not_sent_as_good() {
    let sshd = Sshd::new();
    let to = sshd.address(sshd.port(), "");
    let mut courier = Courier::open(by_key(&sshd, &to)).await.unwrap();
    let mut file = File::new("a.wav", noise(300_000, 1));
    file.content[7] ^= 1;
    let error = file.put(&mut courier).await.unwrap_err();
    assert!(!error.is_passing(), "{error}");
    assert_eq!(checksums(&sshd.incoming()).len(), 0);
}
