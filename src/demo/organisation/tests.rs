use super::*;

fn level(organisation: &Organisation, mut index: usize) -> usize {
    let mut level = 1;
    while let Some(parent) = organisation.departments[index].parent {
        assert!(parent < index, "parents come first");
        (index, level) = (parent, level + 1);
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
    assert!((0..departments.len()).all(|index| level(organisation, index) <= 8));
    assert_eq!(departments.iter().filter(|department| department.parent.is_none()).count(), 1);
    let mut nodes = vec![0; departments.len()];
    departments.iter().filter_map(|department| department.parent).for_each(|parent| nodes[parent] += 1);

    let mut heads = vec![0; departments.len()];
    for (index, person) in people.iter().enumerate() {
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
        assert!(!person.title.is_empty() && person.manager != Some(index));
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
        let levels = (0..60).map(|index| level(&organisation, index)).max();
        assert_eq!(levels, Some(4));
        let names: HashSet<_> = organisation.departments.iter().map(|department| &department.name).collect();
        assert!(names.len() < 60, "some names occur under different parents");

        let mut named: HashMap<&str, usize> = HashMap::new();
        organisation.people.iter().for_each(|person| *named.entry(&person.name).or_default() += 1);
        let share = |test: &dyn Fn(&Person) -> bool| organisation.people.iter().filter(|person| test(person)).count();
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
    for (people, count) in [(1000, 0), (1000, 1), (1000, 100), (1000, 1000), (1000, 2000), (12, 12), (1, 1), (0, 3)] {
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
