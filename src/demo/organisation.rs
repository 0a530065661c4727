//! Sample organisations for the demonstration, for tests and for rehearsals: what does a company of this size look like?
//!
//! A seed and a number of people give departments, people, leaders and managers, always the same ones. They have what
//! makes real rosters hard: namesakes, people in two departments, departments of one name under different parents,
//! managers who come after their people in the file. Nothing comes from a real roster: names are drawn from the lists
//! below, mobiles begin with 154, addresses end in example.com; any likeness is chance.
//!
//! [`Organisation::write`] makes the two CSV files of it, [`Organisation::change`] the next day. The work is linear in the
//! number of people. No dirt is made here; the readers of files have samples of that.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use super::words::{COMPANIES, FEMALE, GROUPS, LINES, MALE, NEUTRAL, SECTIONS, SURNAMES, TEAMS};

/// Departments for each hundred people.
const DEPARTMENTS_PER_HUNDRED: usize = 6;
/// WeCom keeps no more departments than this.
const MAX_DEPARTMENTS: usize = 30_000;
/// One in so many copies the name of somebody else; with the namesake that makes three in a hundred.
const ONE_IN_NAMESAKE: u64 = 66;
/// One in so many belongs to a second department.
const ONE_IN_SECOND: u64 = 33;
/// One in so many is disabled.
const ONE_IN_DISABLED: u64 = 50;
/// One in so many works in a department that has teams, rather than in a team.
const ONE_IN_STAFF: u64 = 12;
/// How often another name is drawn before a namesake is accepted.
const NAME_DRAWS: usize = 12;
/// Mobiles are 154 and a number below this.
const MOBILES: u64 = 100_000_000;

/// A company: its departments, parents before children, and its people in the order of their personnel numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// The departments; the first is the company itself.
    pub departments: Vec<Department>,
    /// The people.
    pub people: Vec<Person>,
}

/// A department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// Its id in the source.
    pub id: String,
    /// The place of its parent in [`Organisation::departments`].
    pub parent: Option<usize>,
    /// Its name, unique among its siblings.
    pub name: String,
    /// Its place among its siblings, from 1.
    pub order: u32,
    /// What is done in it; tells the titles of its people.
    line: usize,
    kind: Kind,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The personnel number.
    pub external_id: String,
    /// The account, in ASCII letters and digits.
    pub userid: String,
    /// The name.
    pub name: String,
    /// Eleven digits, beginning with 154.
    pub mobile: String,
    /// An address at example.com.
    pub email: String,
    /// The title.
    pub title: String,
    /// The gender.
    pub gender: Gender,
    /// The departments, one or two.
    pub departments: Vec<Membership>,
    /// The place of the main department in [`Organisation::departments`]; it is among [`Person::departments`].
    pub main_department: usize,
    /// The place of the manager in [`Organisation::people`].
    pub manager: Option<usize>,
    /// False for people who are locked out.
    pub enabled: bool,
}

/// A person in a department.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The place of the department in [`Organisation::departments`].
    pub department: usize,
    /// Whether the person leads it.
    pub leader: bool,
}

/// A gender, as rosters keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gender {
    /// Written 1.
    Male,
    /// Written 2.
    Female,
}

/// The rungs of an organisation, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Company,
    Group,
    Division,
    Department,
    Office,
    Section,
    Team,
}

/// Makes a company of so many people.
#[must_use]
pub fn generate(seed: u64, people: usize) -> Organisation {
    let mut random = Random::new(seed);
    let departments = departments(&mut random, people);
    let people = staff(&mut random, &departments, people);
    Organisation { departments, people }
}

impl Organisation {
    /// Writes `departments.csv` and `users.csv` into a folder, which is made if it is not there.
    ///
    /// # Errors
    /// The folder or a file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut file = BufWriter::new(File::create(folder.join("departments.csv"))?);
        writeln!(file, "dept_id,parent_id,name,order")?;
        for department in &self.departments {
            let parent = department.parent.map_or("", |parent| self.departments[parent].id.as_str());
            row(&mut file, &[&department.id, parent, &department.name, &department.order.to_string()])?;
        }
        file.flush()?;

        let mut file = BufWriter::new(File::create(folder.join("users.csv"))?);
        writeln!(
            file,
            "external_id,userid,name,mobile,email,position,gender,departments,is_leader,main_department,manager,enabled"
        )?;
        for person in &self.people {
            let ids: Vec<&str> =
                person.departments.iter().map(|membership| &*self.departments[membership.department].id).collect();
            let leads: Vec<&str> =
                person.departments.iter().map(|membership| if membership.leader { "1" } else { "0" }).collect();
            row(
                &mut file,
                &[
                    &person.external_id,
                    &person.userid,
                    &person.name,
                    &person.mobile,
                    &person.email,
                    &person.title,
                    match person.gender {
                        Gender::Male => "1",
                        Gender::Female => "2",
                    },
                    &ids.join(";"),
                    &leads.join(";"),
                    &self.departments[person.main_department].id,
                    person.manager.map_or("", |manager| self.people[manager].external_id.as_str()),
                    if person.enabled { "1" } else { "0" },
                ],
            )?;
        }
        file.flush()
    }

    /// A day later: exactly `count` people (all, if there are fewer) have another title, another mobile or another team,
    /// and nobody else differs. Nobody comes or goes, and whoever leads or manages stays where they are.
    pub fn change(&mut self, seed: u64, count: usize) {
        let mut random = Random::new(seed);
        let mut tied: HashSet<usize> = self.people.iter().filter_map(|person| person.manager).collect();
        let leads = |person: &Person| person.departments.iter().any(|membership| membership.leader);
        tied.extend(self.people.iter().enumerate().filter(|(_, person)| leads(person)).map(|(place, _)| place));
        let mut heads = HashMap::new();
        for (place, person) in self.people.iter().enumerate() {
            for membership in person.departments.iter().filter(|membership| membership.leader) {
                heads.entry(membership.department).or_insert(place);
            }
        }
        let teams = ends(&self.departments);
        let mut mobiles: HashSet<String> = self.people.iter().map(|person| person.mobile.clone()).collect();

        // Those who are tied come last: they are changed only when everybody is.
        let mut chosen: Vec<usize> = (0..self.people.len()).collect();
        random.shuffle(&mut chosen);
        chosen.sort_by_key(|place| tied.contains(place));
        for place in chosen.into_iter().take(count) {
            let may_move = !tied.contains(&place) && teams.len() > 1;
            let person = &mut self.people[place];
            match random.below(3) {
                0 if may_move && person.move_to_another(&teams, &heads, &mut random) => {}
                1 => {
                    let fresh = loop {
                        let mobile = mobile(random.below(MOBILES));
                        if mobiles.insert(mobile.clone()) {
                            break mobile;
                        }
                    };
                    person.mobile = fresh;
                }
                _ => person.retitle(self.departments[person.main_department].line, &mut random),
            }
        }
    }
}

impl Person {
    /// Changes the main department. False when no other was found.
    fn move_to_another(&mut self, teams: &[usize], heads: &HashMap<usize, usize>, random: &mut Random) -> bool {
        let main = self.main_department;
        for _ in 0..8 {
            let team = *random.pick(teams);
            if self.departments.iter().any(|membership| membership.department == team) {
                continue;
            }
            for membership in self.departments.iter_mut().filter(|membership| membership.department == main) {
                membership.department = team;
            }
            self.main_department = team;
            self.manager = heads.get(&team).copied().or(self.manager);
            return true;
        }
        false
    }

    /// Another title of the same line of work: the next of its list, so that it differs for certain.
    fn retitle(&mut self, line: usize, random: &mut Random) {
        let titles = LINES[line].titles;
        let now = titles.iter().position(|title| *title == self.title);
        let step = 1 + random.index(titles.len() - 1);
        let next = now.map_or(step, |now| now + step) % titles.len();
        self.title = titles[next].to_string();
    }
}

/// One row of a CSV file.
fn row(file: &mut impl Write, fields: &[&str]) -> io::Result<()> {
    for (place, field) in fields.iter().enumerate() {
        if place > 0 {
            file.write_all(b",")?;
        }
        if field.contains([',', '"', '\r', '\n']) {
            write!(file, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            file.write_all(field.as_bytes())?;
        }
    }
    file.write_all(b"\n")
}

// ---- departments ------------------------------------------------------------------------------------------------------

/// The rungs of a company with so many departments; more of them, more rungs.
fn rungs(departments: usize) -> &'static [Kind] {
    use Kind::{Company, Department, Division, Group, Office, Section, Team};
    match departments {
        0 | 1 => &[Company],
        2..=8 => &[Company, Department],
        9..=24 => &[Company, Department, Team],
        25..=400 => &[Company, Division, Department, Team],
        401..=2500 => &[Company, Group, Division, Department, Team],
        2501..=9000 => &[Company, Group, Division, Department, Office, Team],
        _ => &[Company, Group, Division, Department, Office, Section, Team],
    }
}

/// How many departments each rung has: every rung the same multiple of the one above, and the last what remains.
fn sizes(departments: usize, rungs: usize) -> Vec<usize> {
    let total = |ratio: f64| (0..rungs).fold(0.0, |sum, _| sum * ratio + 1.0);
    let (mut low, mut high) = (1.0, departments as f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if total(middle) < departments as f64 { low = middle } else { high = middle }
    }
    let mut sizes = Vec::with_capacity(rungs);
    let (mut size, mut left) = (1.0_f64, departments);
    for rung in 0..rungs {
        let last = rung + 1 == rungs;
        let here = if last { left } else { (size.round() as usize).clamp(1, left) };
        sizes.push(here);
        left -= here;
        size *= low;
    }
    sizes
}

fn departments(random: &mut Random, people: usize) -> Vec<Department> {
    let count = (people * DEPARTMENTS_PER_HUNDRED / 100).clamp(1, MAX_DEPARTMENTS);
    let rungs = rungs(count);
    let company = (*random.pick(&COMPANIES)).to_string();
    let mut all = vec![Department {
        id: department_id(0),
        parent: None,
        name: company,
        order: 1,
        line: random.index(LINES.len()),
        kind: Kind::Company,
    }];
    let mut above = 0..1;
    for (kind, size) in rungs.iter().zip(sizes(count, rungs.len())).skip(1) {
        let begin = all.len();
        for (parent, children) in above.clone().zip(shares(random, above.len(), size)) {
            // The upper rungs begin with what every company has; below, every department goes its own way.
            let manner = match all[parent].kind {
                Kind::Company => 0,
                Kind::Division => random.below(2),
                _ => random.below(1 << 32),
            };
            for nth in 0..children {
                let (name, line) = name(*kind, &all[parent], manner, nth);
                let id = department_id(all.len());
                all.push(Department { id, parent: Some(parent), name, order: nth as u32 + 1, line, kind: *kind });
            }
        }
        above = begin..all.len();
    }
    all
}

/// Shares `size` children among the parents: most of them evenly, one for each at least as far as they go, the others by chance,
/// none far above the average.
fn shares(random: &mut Random, parents: usize, size: usize) -> Vec<usize> {
    let limit = 2 * size.div_ceil(parents) + 1;
    let even = 3 * size / (4 * parents);
    let mut shares: Vec<usize> = (0..parents).map(|parent| even.max(usize::from(parent < size))).collect();
    for _ in shares.iter().sum()..size {
        let mut parent = random.index(parents);
        while shares[parent] >= limit {
            parent = (parent + 1) % parents;
        }
        shares[parent] += 1;
    }
    shares
}

/// The name of the nth child, different from those of its siblings, and what is done there. `manner` is the same for all
/// siblings.
fn name(kind: Kind, parent: &Department, manner: u64, nth: usize) -> (String, usize) {
    let turn = |count: usize| (manner as usize + nth) % count;
    let again = |name: &str, count: usize| match nth / count {
        0 => name.to_string(),
        round => format!("{name}（{}）", numeral(round + 1)),
    };
    let stem = parent.name.strip_suffix('部').unwrap_or(&parent.name);
    match kind {
        Kind::Company | Kind::Group => {
            (again(GROUPS[turn(GROUPS.len())], GROUPS.len()), (manner as usize + nth) % LINES.len())
        }
        Kind::Division => {
            let line = turn(LINES.len());
            (again(LINES[line].division, LINES.len()), line)
        }
        Kind::Department if parent.kind == Kind::Company => {
            let line = turn(LINES.len());
            let name = LINES[line].departments[nth / LINES.len() % LINES[line].departments.len()];
            // Lines of work share names: a second sales department of the company is named after its division.
            let earlier =
                (0..nth).any(|other| LINES[(manner as usize + other) % LINES.len()].departments.contains(&name));
            (if earlier { again(LINES[line].division, LINES.len()) } else { name.to_string() }, line)
        }
        Kind::Department => {
            let names = LINES[parent.line].departments;
            let name = names[turn(names.len())];
            let again = match nth / names.len() {
                0 => name.to_string(),
                round => format!("{}{}部", name.strip_suffix('部').unwrap_or(name), numeral(round + 1)),
            };
            (again, parent.line)
        }
        Kind::Office => (format!("{stem}{}处", numeral(nth + 1)), parent.line),
        Kind::Section if manner.is_multiple_of(2) => {
            (again(SECTIONS[turn(SECTIONS.len())], SECTIONS.len()), parent.line)
        }
        Kind::Section => (format!("{}科", numeral(nth + 1)), parent.line),
        Kind::Team => {
            let name = match manner % 8 {
                0 => format!("{}组", numeral(nth + 1)),
                1 | 2 => again(TEAMS[turn(TEAMS.len())], TEAMS.len()),
                _ => format!("{stem}{}组", numeral(nth + 1)),
            };
            (name, parent.line)
        }
    }
}

/// 一, 二 … 十, 十一 … 九十九; beyond that digits.
fn numeral(number: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match (number / 10, number % 10) {
        (0, ones) => DIGITS[ones].to_string(),
        (1, ones) => format!("十{}", DIGITS[ones]),
        (tens @ 2..=9, ones) => format!("{}十{}", DIGITS[tens], DIGITS[ones]),
        _ => number.to_string(),
    }
}

fn department_id(place: usize) -> String {
    format!("D{:05}", place + 1)
}

/// The departments without children.
fn ends(departments: &[Department]) -> Vec<usize> {
    let parents: HashSet<usize> = departments.iter().filter_map(|department| department.parent).collect();
    (0..departments.len()).filter(|place| !parents.contains(place)).collect()
}

// ---- people -----------------------------------------------------------------------------------------------------------

fn staff(random: &mut Random, departments: &[Department], count: usize) -> Vec<Person> {
    // Who sits where, before anybody has a face: a head for every department, then its people.
    let teams = ends(departments);
    let mut seats: Vec<Membership> =
        (0..departments.len()).map(|department| Membership { department, leader: true }).take(count).collect();
    for nth in seats.len()..count {
        let department = match nth - departments.len() {
            early if early < teams.len() => teams[early],
            _ if random.one_in(ONE_IN_STAFF) => random.index(departments.len()),
            _ => *random.pick(&teams),
        };
        seats.push(Membership { department, leader: false });
    }
    random.shuffle(&mut seats);
    let mut heads = vec![None; departments.len()];
    for (place, seat) in seats.iter().enumerate().filter(|(_, seat)| seat.leader) {
        heads[seat.department] = Some(place);
    }

    let surnames: u64 = SURNAMES.iter().map(|surname| surname.2).sum();
    let mut taken = HashSet::new();
    let mut accounts: HashMap<String, u32> = HashMap::new();
    let spread = random.below(MOBILES);
    let mut people: Vec<Person> = Vec::with_capacity(count);
    for (place, seat) in seats.iter().enumerate() {
        let face = match people.len() {
            others @ 1.. if random.one_in(ONE_IN_NAMESAKE) => Face::of(&people[random.index(others)]),
            _ => Face::draw(random, surnames, &taken),
        };
        taken.insert(face.name.clone());
        let used = accounts.entry(face.pinyin.clone()).or_default();
        *used += 1;
        let userid = if *used == 1 { face.pinyin } else { format!("{}{used}", face.pinyin) };
        let manager = match departments[seat.department].parent {
            Some(parent) if seat.leader => heads[parent],
            None if seat.leader => None,
            _ => heads[seat.department],
        };
        let (memberships, main_department) = memberships(random, departments.len(), *seat);
        people.push(Person {
            external_id: format!("E{:06}", place + 1),
            email: format!("{userid}@example.com"),
            userid,
            name: face.name,
            // A step that shares no factor with the range meets every number once.
            mobile: mobile((spread + place as u64 * 61_803_399) % MOBILES),
            title: title(random, &departments[seat.department], seat.leader),
            gender: face.gender,
            departments: memberships,
            main_department,
            manager,
            enabled: seat.leader || !random.one_in(ONE_IN_DISABLED),
        });
    }
    people
}

/// The departments of a person, and which of them is the main one: not always the first.
fn memberships(random: &mut Random, departments: usize, seat: Membership) -> (Vec<Membership>, usize) {
    let mut memberships = vec![seat];
    if departments > 1 && random.one_in(ONE_IN_SECOND) {
        let other = (seat.department + 1 + random.index(departments - 1)) % departments;
        let place = usize::from(!random.one_in(4));
        memberships.insert(place, Membership { department: other, leader: false });
    }
    (memberships, seat.department)
}

fn title(random: &mut Random, department: &Department, leader: bool) -> String {
    let title = match department.kind {
        _ if !leader => *random.pick(LINES[department.line].titles),
        Kind::Company => "总经理",
        Kind::Group => "事业群总裁",
        Kind::Division => "总监",
        Kind::Department => "部门经理",
        Kind::Office => "处长",
        Kind::Section => "科长",
        Kind::Team => "组长",
    };
    title.to_string()
}

fn mobile(number: u64) -> String {
    format!("154{:08}", number % MOBILES)
}

/// What goes with a name.
struct Face {
    name: String,
    pinyin: String,
    gender: Gender,
}

impl Face {
    /// A namesake of somebody.
    fn of(person: &Person) -> Self {
        let pinyin = person.userid.trim_end_matches(|c: char| c.is_ascii_digit()).to_string();
        Self { name: person.name.clone(), pinyin, gender: person.gender }
    }

    /// A name by chance, one that nobody has as far as a few draws go.
    fn draw(random: &mut Random, surnames: u64, taken: &HashSet<String>) -> Self {
        let mut face = Self::any(random, surnames);
        for _ in 1..NAME_DRAWS {
            if !taken.contains(&face.name) {
                break;
            }
            face = Self::any(random, surnames);
        }
        face
    }

    fn any(random: &mut Random, surnames: u64) -> Self {
        let mut left = random.below(surnames);
        let surname = SURNAMES.iter().find(|surname| {
            let found = left < surname.2;
            left = left.saturating_sub(surname.2);
            found
        });
        let (family, family_pinyin, _) = surname.unwrap_or(&SURNAMES[0]);
        let (gender, own) = if random.one_in(2) { (Gender::Male, &MALE[..]) } else { (Gender::Female, &FEMALE[..]) };
        let mut face = Self { name: (*family).to_string(), pinyin: (*family_pinyin).to_string(), gender };
        let characters = if random.below(100) < 78 { 2 } else { 1 };
        let mut last = "";
        for _ in 0..characters {
            let of_both = random.one_in(3);
            let (character, pinyin) = *random.pick(if of_both { &NEUTRAL } else { own });
            if character != last {
                face.name.push_str(character);
                face.pinyin.push_str(pinyin);
            }
            last = character;
        }
        face
    }
}

// ---- chance -----------------------------------------------------------------------------------------------------------

/// SplitMix64: eight bytes of state, good enough for samples, the same on every machine.
struct Random(u64);

impl Random {
    const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`; 0 when that is 0.
    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// A place in a list of that length.
    fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// True once in so many times.
    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// An item of a list, which must have one.
    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.index(place + 1));
        }
    }
}

// ---- words ------------------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;

    fn level(organisation: &Organisation, mut place: usize) -> usize {
        let mut level = 1;
        while let Some(parent) = organisation.departments[place].parent {
            assert!(parent < place, "parents come first");
            (place, level) = (parent, level + 1);
        }
        level
    }

    fn distinct<'a>(values: impl Iterator<Item = &'a String>) -> usize {
        values.collect::<HashSet<_>>().len()
    }

    /// What holds at every size.
    fn check(organisation: &Organisation) {
        let (departments, people) = (&organisation.departments, &organisation.people);
        let siblings: HashSet<_> = departments.iter().map(|department| (department.parent, &department.name)).collect();
        assert_eq!(siblings.len(), departments.len(), "siblings of one name");
        assert_eq!(distinct(departments.iter().map(|department| &department.id)), departments.len());
        assert!((0..departments.len()).all(|place| level(organisation, place) <= 8));
        assert_eq!(departments.iter().filter(|department| department.parent.is_none()).count(), 1);
        let mut nodes = vec![0; departments.len()];
        departments.iter().filter_map(|department| department.parent).for_each(|parent| nodes[parent] += 1);

        let mut heads = vec![0; departments.len()];
        for (place, person) in people.iter().enumerate() {
            assert!(matches!(person.departments.len(), 1 | 2));
            assert!(person.departments.iter().any(|membership| membership.department == person.main_department));
            let distinct: HashSet<_> = person.departments.iter().map(|membership| membership.department).collect();
            assert_eq!(distinct.len(), person.departments.len());
            for membership in &person.departments {
                nodes[membership.department] += 1;
                heads[membership.department] += usize::from(membership.leader);
            }
            assert!(person.userid.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
            assert!(person.userid.len() <= 64 && (2..=4).contains(&person.name.chars().count()), "{person:?}");
            assert!(person.mobile.len() == 11 && person.mobile.starts_with("154"));
            assert!(!person.title.is_empty() && person.manager != Some(place));
            let (mut above, mut steps) = (person.manager, 0);
            while let Some(manager) = above {
                (above, steps) = (people[manager].manager, steps + 1);
                assert!(steps <= 8, "managers in a circle");
            }
        }
        assert!(nodes.iter().all(|count| *count <= 29_000));
        assert!(people.is_empty() || heads.iter().all(|count| *count == 1), "one head each");
        for unique in [
            distinct(people.iter().map(|person| &person.external_id)),
            distinct(people.iter().map(|person| &person.userid)),
            distinct(people.iter().map(|person| &person.mobile)),
            distinct(people.iter().map(|person| &person.email)),
        ] {
            assert_eq!(unique, people.len());
        }
    }

    #[test]
    fn a_thousand_people() {
        for seed in [0, 1, 2, 42, u64::MAX] {
            let organisation = generate(seed, 1000);
            check(&organisation);
            assert_eq!((organisation.departments.len(), organisation.people.len()), (60, 1000));
            let levels = (0..60).map(|place| level(&organisation, place)).max();
            assert_eq!(levels, Some(4));
            let names: HashSet<_> = organisation.departments.iter().map(|department| &department.name).collect();
            assert!(names.len() < 60, "some names occur under different parents");

            let mut named: HashMap<&str, usize> = HashMap::new();
            organisation.people.iter().for_each(|person| *named.entry(&person.name).or_default() += 1);
            let share =
                |test: &dyn Fn(&Person) -> bool| organisation.people.iter().filter(|person| test(person)).count();
            let (namesakes, double, disabled) = (
                share(&|person| named[person.name.as_str()] > 1),
                share(&|person| person.departments.len() == 2),
                share(&|person| !person.enabled),
            );
            assert!((10..=60).contains(&namesakes), "{namesakes}");
            assert!((12..=60).contains(&double), "{double}");
            assert!((5..=40).contains(&disabled), "{disabled}");
            assert!((400..=600).contains(&share(&|person| person.gender == Gender::Female)));
            assert_eq!(share(&|person| person.manager.is_none()), 1);
        }
    }

    #[test]
    fn every_size() {
        for people in (0..200).chain([399, 400, 401, 2000, 6_700, 42_000]) {
            check(&generate(7, people));
        }
        for departments in 1..3000 {
            let sizes = sizes(departments, rungs(departments).len());
            assert_eq!(sizes.iter().sum::<usize>(), departments);
            assert!(sizes.iter().all(|size| *size > 0), "{departments}: {sizes:?}");
        }
    }

    #[test]
    fn the_largest() {
        let organisation = generate(3, 300_000);
        check(&organisation);
        assert_eq!(organisation.departments.len(), 18_000);
    }

    #[test]
    fn a_seed_is_a_company() {
        assert_eq!(generate(5, 300), generate(5, 300));
        assert_ne!(generate(5, 300), generate(6, 300));
    }

    #[test]
    fn a_change_touches_exactly_so_many_people() {
        for (people, count) in [(1000, 0), (1000, 1), (1000, 100), (1000, 1000), (1000, 2000), (12, 12), (1, 1), (0, 3)]
        {
            let before = generate(9, people);
            let mut after = before.clone();
            after.change(11, count);
            check(&after);
            let differing = before.people.iter().zip(&after.people).filter(|(before, after)| before != after);
            assert_eq!(differing.count(), count.min(people), "{count} of {people}");
            assert_eq!(before.departments, after.departments);
            for (before, after) in before.people.iter().zip(&after.people) {
                assert_eq!((&before.external_id, &before.userid), (&after.external_id, &after.userid));
                let moved = before.departments != after.departments;
                assert!(!moved || !before.departments.iter().any(|membership| membership.leader));
            }
        }
        let mut days = generate(9, 1000);
        for day in 0..30 {
            let before = days.clone();
            days.change(day, 20);
            assert_eq!(before.people.iter().zip(&days.people).filter(|(a, b)| a != b).count(), 20);
        }
        check(&days);
        let mut again = generate(9, 1000);
        let mut other = again.clone();
        again.change(1, 50);
        other.change(1, 50);
        assert_eq!(again, other);
    }

    #[test]
    fn files() {
        let folder = std::env::temp_dir().join(format!("idflow-organisation-{}", std::process::id()));
        let organisation = generate(1, 200);
        organisation.write(&folder).unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let (departments, users) = (read("departments.csv"), read("users.csv"));
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(departments.lines().count(), 1 + organisation.departments.len());
        assert!(departments.starts_with("dept_id,parent_id,name,order\nD00001,,"));
        assert_eq!(users.lines().count(), 201);
        assert!(users.lines().all(|line| line.split(',').count() == 12));
        let mut quoted = Vec::new();
        row(&mut quoted, &["a,b", "say \"x\"", ""]).unwrap();
        assert_eq!(quoted, b"\"a,b\",\"say \"\"x\"\"\",\n");
    }

    #[test]
    fn numerals() {
        for (number, expected) in
            [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (100, "100")]
        {
            assert_eq!(numeral(number), expected);
        }
    }
}
