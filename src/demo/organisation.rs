//! Sample organisations for the demonstration, for tests and for rehearsals: what does a company of this size look like?
//!
//! A seed and a number of people give departments, people, leaders and managers, always the same ones. They have what
//! makes real rosters hard: namesakes, people in two departments, departments of one name under different parents,
//! managers who come after their people in the file. Nothing comes from a real roster: names are drawn from the lists
//! below, mobiles begin with 154, addresses end in example.com; any likeness is chance.
//!
//! [`Organisation::write`] makes the two CSV files of it, [`Organisation::change`] the next day. The work is linear in the
//! number of people. No dirt is made here; the readers of files have samples of that.

mod random;

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use random::Random;

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

#[cfg(test)]
mod tests;
