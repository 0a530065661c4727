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

/// A line of work: the division that does it, its departments, and what its people are called.
struct Line {
    division: &'static str,
    departments: &'static [&'static str],
    titles: &'static [&'static str],
}

#[rustfmt::skip]
const COMPANIES: [&str; 5] = [
    "青杉示例集团有限公司", "远帆示例科技有限公司", "星禾示例智造有限公司", "海棠示例零售有限公司",
    "云麓示例物流有限公司",
];

#[rustfmt::skip]
const GROUPS: [&str; 12] = [
    "企业服务事业群", "智能制造事业群", "消费业务事业群", "物流业务事业群", "金融科技事业群", "医疗健康事业群",
    "文化内容事业群", "云计算事业群", "海外业务事业群", "新能源事业群", "智慧出行事业群", "集团职能事业群",
];

#[rustfmt::skip]
const SECTIONS: [&str; 8] = ["综合科", "规划科", "技术科", "管理科", "业务科", "质量科", "信息科", "保障科"];

#[rustfmt::skip]
const TEAMS: [&str; 10] = [
    "综合组", "支持组", "项目组", "质量组", "培训组", "规划组", "协调组", "数据组", "保障组", "创新组",
];

/// What every region has.
#[rustfmt::skip]
const REGION: &[&str] = &[
    "销售部", "渠道部", "客户成功部", "售前支持部", "交付实施部", "市场推广部", "区域运营部", "大客户部", "商务部",
    "综合管理部",
];

#[rustfmt::skip]
const SELLING: &[&str] = &["客户经理", "高级客户经理", "销售代表", "渠道经理", "售前顾问", "实施顾问", "销售助理", "商务专员"];

#[rustfmt::skip]
const LINES: [Line; 18] = [
    Line {
        division: "研发中心",
        departments: &[
            "平台研发部", "应用研发部", "测试部", "移动研发部", "前端研发部", "数据研发部", "算法部", "架构部",
            "运维部", "信息安全部",
        ],
        titles: &[
            "软件工程师", "高级软件工程师", "资深软件工程师", "测试工程师", "高级测试工程师", "运维工程师",
            "算法工程师", "架构师",
        ],
    },
    Line { division: "华东大区", departments: REGION, titles: SELLING },
    Line {
        division: "产品中心",
        departments: &[
            "产品规划部", "产品设计部", "用户研究部", "交互设计部", "视觉设计部", "产品运营部", "行业方案部",
            "增长部",
        ],
        titles: &["产品经理", "高级产品经理", "产品专员", "交互设计师", "视觉设计师", "用户研究员", "产品运营"],
    },
    Line { division: "华南大区", departments: REGION, titles: SELLING },
    Line {
        division: "人力资源中心",
        departments: &["招聘部", "薪酬绩效部", "培训发展部", "员工关系部", "组织发展部", "人事服务部"],
        titles: &["人事专员", "招聘专员", "薪酬专员", "培训专员", "人力资源经理", "人力资源助理"],
    },
    Line {
        division: "财经中心",
        departments: &["会计核算部", "财务管理部", "资金部", "税务部", "预算部", "内部审计部", "成本部"],
        titles: &["会计", "出纳", "财务分析师", "税务专员", "审计专员", "高级会计", "资金专员"],
    },
    Line { division: "华北大区", departments: REGION, titles: SELLING },
    Line {
        division: "供应链中心",
        departments: &["采购部", "计划部", "仓储部", "物流部", "品质部", "供应商管理部", "关务部"],
        titles: &["采购专员", "采购工程师", "计划员", "仓库管理员", "物流专员", "质量工程师", "关务专员"],
    },
    Line {
        division: "客户服务中心",
        departments: &["热线服务部", "在线服务部", "售后服务部", "投诉处理部", "服务质量部", "知识管理部"],
        titles: &["客服专员", "高级客服专员", "售后工程师", "服务主管", "质检专员", "培训师"],
    },
    Line { division: "西南大区", departments: REGION, titles: SELLING },
    Line {
        division: "制造中心",
        departments: &["生产部", "工艺部", "设备部", "质量部", "安全环保部", "装配部", "精益改善部", "模具部"],
        titles: &["操作工", "技术员", "工艺工程师", "设备工程师", "质量工程师", "班长", "安全员", "装配技师"],
    },
    Line {
        division: "市场中心",
        departments: &["品牌部", "市场策划部", "公共关系部", "活动部", "数字营销部", "内容部"],
        titles: &["市场专员", "品牌经理", "活动策划", "内容编辑", "媒介专员", "营销经理"],
    },
    Line { division: "华中大区", departments: REGION, titles: SELLING },
    Line {
        division: "运营中心",
        departments: &["用户运营部", "商家运营部", "活动运营部", "数据分析部", "内容运营部", "风险控制部"],
        titles: &["运营专员", "高级运营专员", "运营经理", "数据分析师", "风控专员", "商家顾问"],
    },
    Line {
        division: "行政中心",
        departments: &["行政部", "后勤部", "资产管理部", "法务部", "档案部", "信息技术部"],
        titles: &["行政专员", "行政主管", "法务专员", "资产管理员", "前台", "系统管理员"],
    },
    Line { division: "西北大区", departments: REGION, titles: SELLING },
    Line {
        division: "工程中心",
        departments: &["工程管理部", "造价部", "设计部", "施工部", "项目管理部", "技术支持部"],
        titles: &["项目经理", "造价工程师", "设计工程师", "施工员", "资料员", "技术支持工程师"],
    },
    Line { division: "东北大区", departments: REGION, titles: SELLING },
];

/// Surnames, how they are written in ASCII, and how common they are.
#[rustfmt::skip]
const SURNAMES: [(&str, &str, u64); 96] = [
    ("王", "wang", 72), ("李", "li", 72), ("张", "zhang", 66), ("刘", "liu", 52), ("陈", "chen", 46), ("杨", "yang", 30),
    ("黄", "huang", 22), ("赵", "zhao", 22), ("吴", "wu", 20), ("周", "zhou", 20), ("徐", "xu", 15), ("孙", "sun", 15),
    ("马", "ma", 14), ("朱", "zhu", 13), ("胡", "hu", 12), ("郭", "guo", 12), ("何", "he", 11), ("林", "lin", 11),
    ("高", "gao", 10), ("罗", "luo", 10), ("郑", "zheng", 9), ("梁", "liang", 9), ("谢", "xie", 8), ("宋", "song", 8),
    ("唐", "tang", 7), ("许", "xu", 7), ("韩", "han", 7), ("邓", "deng", 7), ("冯", "feng", 7), ("曹", "cao", 6),
    ("彭", "peng", 6), ("曾", "zeng", 6), ("肖", "xiao", 6), ("田", "tian", 6), ("董", "dong", 6), ("潘", "pan", 5),
    ("袁", "yuan", 5), ("蔡", "cai", 5), ("蒋", "jiang", 5), ("余", "yu", 5), ("于", "yu", 5), ("杜", "du", 5),
    ("叶", "ye", 5), ("程", "cheng", 5), ("魏", "wei", 5), ("苏", "su", 5), ("吕", "lv", 5), ("丁", "ding", 5),
    ("任", "ren", 4), ("卢", "lu", 4), ("姚", "yao", 4), ("沈", "shen", 4), ("钟", "zhong", 4), ("姜", "jiang", 4),
    ("崔", "cui", 4), ("谭", "tan", 4), ("陆", "lu", 4), ("范", "fan", 4), ("汪", "wang", 4), ("廖", "liao", 4),
    ("石", "shi", 4), ("金", "jin", 4), ("韦", "wei", 3), ("贾", "jia", 3), ("夏", "xia", 3), ("付", "fu", 3),
    ("方", "fang", 3), ("邹", "zou", 3), ("熊", "xiong", 3), ("白", "bai", 3), ("孟", "meng", 3), ("秦", "qin", 3),
    ("邱", "qiu", 3), ("侯", "hou", 3), ("江", "jiang", 3), ("尹", "yin", 3), ("薛", "xue", 3), ("闫", "yan", 3),
    ("段", "duan", 3), ("雷", "lei", 3), ("龙", "long", 3), ("黎", "li", 3), ("史", "shi", 2), ("陶", "tao", 2),
    ("贺", "he", 2), ("毛", "mao", 2), ("郝", "hao", 2), ("顾", "gu", 2), ("龚", "gong", 2), ("邵", "shao", 2),
    ("覃", "qin", 2), ("武", "wu", 2), ("钱", "qian", 2), ("戴", "dai", 2), ("欧阳", "ouyang", 1), ("司马", "sima", 1),
];

/// Characters of given names of men.
#[rustfmt::skip]
const MALE: [(&str, &str); 60] = [
    ("伟", "wei"), ("强", "qiang"), ("磊", "lei"), ("军", "jun"), ("勇", "yong"), ("杰", "jie"), ("涛", "tao"),
    ("超", "chao"), ("刚", "gang"), ("辉", "hui"), ("鹏", "peng"), ("浩", "hao"), ("飞", "fei"), ("鑫", "xin"),
    ("波", "bo"), ("斌", "bin"), ("凯", "kai"), ("健", "jian"), ("峰", "feng"), ("龙", "long"), ("建", "jian"),
    ("国", "guo"), ("志", "zhi"), ("俊", "jun"), ("海", "hai"), ("东", "dong"), ("宇", "yu"), ("轩", "xuan"),
    ("博", "bo"), ("毅", "yi"), ("航", "hang"), ("旭", "xu"), ("松", "song"), ("武", "wu"), ("林", "lin"),
    ("振", "zhen"), ("宏", "hong"), ("亮", "liang"), ("成", "cheng"), ("康", "kang"), ("威", "wei"), ("翔", "xiang"),
    ("铭", "ming"), ("泽", "ze"), ("昊", "hao"), ("坤", "kun"), ("兵", "bing"), ("帆", "fan"), ("锋", "feng"),
    ("良", "liang"), ("启", "qi"), ("嘉", "jia"), ("哲", "zhe"), ("睿", "rui"), ("恒", "heng"), ("彬", "bin"),
    ("栋", "dong"), ("洋", "yang"), ("钧", "jun"), ("震", "zhen"),
];

/// Characters of given names of women.
#[rustfmt::skip]
const FEMALE: [(&str, &str); 60] = [
    ("芳", "fang"), ("娜", "na"), ("敏", "min"), ("静", "jing"), ("丽", "li"), ("艳", "yan"), ("娟", "juan"),
    ("霞", "xia"), ("婷", "ting"), ("雪", "xue"), ("玲", "ling"), ("燕", "yan"), ("倩", "qian"), ("颖", "ying"),
    ("莉", "li"), ("丹", "dan"), ("慧", "hui"), ("红", "hong"), ("梅", "mei"), ("洁", "jie"), ("蕾", "lei"),
    ("薇", "wei"), ("琳", "lin"), ("璐", "lu"), ("瑶", "yao"), ("怡", "yi"), ("佳", "jia"), ("思", "si"),
    ("雨", "yu"), ("欣", "xin"), ("萍", "ping"), ("秀", "xiu"), ("英", "ying"), ("兰", "lan"), ("珍", "zhen"),
    ("菲", "fei"), ("晴", "qing"), ("悦", "yue"), ("诗", "shi"), ("涵", "han"), ("梦", "meng"), ("婉", "wan"),
    ("彤", "tong"), ("妍", "yan"), ("媛", "yuan"), ("茜", "qian"), ("珊", "shan"), ("蓉", "rong"), ("莹", "ying"),
    ("琪", "qi"), ("萱", "xuan"), ("凤", "feng"), ("云", "yun"), ("冰", "bing"), ("美", "mei"), ("香", "xiang"),
    ("月", "yue"), ("青", "qing"), ("洛", "luo"), ("素", "su"),
];

/// Characters of given names of both.
#[rustfmt::skip]
const NEUTRAL: [(&str, &str); 36] = [
    ("文", "wen"), ("明", "ming"), ("晓", "xiao"), ("子", "zi"), ("宁", "ning"), ("安", "an"), ("平", "ping"),
    ("华", "hua"), ("玉", "yu"), ("春", "chun"), ("一", "yi"), ("天", "tian"), ("清", "qing"), ("新", "xin"),
    ("乐", "le"), ("卓", "zhuo"), ("然", "ran"), ("阳", "yang"), ("辰", "chen"), ("晨", "chen"), ("瑞", "rui"),
    ("书", "shu"), ("永", "yong"), ("若", "ruo"), ("知", "zhi"), ("远", "yuan"), ("可", "ke"), ("星", "xing"),
    ("雅", "ya"), ("景", "jing"), ("向", "xiang"), ("承", "cheng"), ("元", "yuan"), ("庆", "qing"), ("立", "li"),
    ("怀", "huai"),
];

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
