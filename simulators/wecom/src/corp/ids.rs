//! The other names of a corp and its members: what providers and the outside know them by.
//!
//! Each is made from the plain one and is the same in every run.

use super::Corp;
use super::members::{Key, Member};
use crate::chance;

impl Corp {
    /// The corp id as providers know it.
    pub fn encrypted_id(&self) -> String {
        format!("wp{}", scrambled(&self.corpid, ""))
    }

    /// A member's userid as providers know it.
    pub fn open_userid(&self, userid: &str) -> String {
        format!("wo{}", scrambled(&self.corpid, &Member::comparable_userid(userid)))
    }

    /// The openid of a member: the one of the state, or one of those who were activated, which is when WeChat is bound.
    pub fn openid_of(&self, member: &Member) -> Option<String> {
        if !member.openid.is_empty() {
            return Some(member.openid.clone());
        }
        let userid = Member::comparable_userid(&member.userid);
        (member.base_status == 1).then(|| format!("o{}", scrambled(&format!("{}/openid", self.corpid), &userid)))
    }

    /// Whose openid this is.
    pub fn holder_of_openid(&self, openid: &str) -> Option<Key> {
        let mut all = self.members.onwards_from(std::ops::Bound::Unbounded);
        all.find(|(_, _, member)| self.openid_of(member).as_deref() == Some(openid)).map(|(_, key, _)| key)
    }
}

/// 27 letters and digits that stand for two texts.
fn scrambled(first: &str, second: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefgh";
    let bytes = first.bytes().chain([0]).chain(second.bytes());
    let seed =
        bytes.fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (0..27).map(|at| char::from(LETTERS[(chance::mix(seed, at) % 32) as usize])).collect()
}
