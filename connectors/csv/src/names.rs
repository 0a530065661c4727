//! Which reason code a column's name leads to. The codes are shared by every source, so that a missing name is the same
//! fault whether it came from a file or from elsewhere; a file only adds which columns it is about.
//!
//! A file whose key is `dept_id` lists departments; any other file lists people.

/// The column whose presence as key makes the file a list of departments.
const DEPARTMENT_KEY: &str = "dept_id";

/// The column of a person's main department, and that of all his departments.
pub(crate) const MAIN: &str = "main_department";
pub(crate) const DEPARTMENTS: &str = "departments";

/// Whether a file with this key lists people.
pub(crate) fn lists_people(key: &str) -> bool {
    key != DEPARTMENT_KEY
}

/// The codes of one file, told by the name of its key column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Codes {
    departments: bool,
}

impl Codes {
    /// For a file with this key.
    pub(crate) fn of_key(key: &str) -> Self {
        Self { departments: key == DEPARTMENT_KEY }
    }

    /// The key is blank or cannot be read.
    pub(crate) const fn key_missing(self) -> &'static str {
        if self.departments { "dept_id_missing" } else { "external_id_missing" }
    }

    /// An earlier row has the same key.
    pub(crate) const fn key_duplicate(self) -> &'static str {
        if self.departments { "dept_id_duplicate" } else { "external_id_duplicate" }
    }

    /// A column that must have a value has none.
    pub(crate) fn missing(self, column: &str) -> &'static str {
        match column {
            "name" if self.departments => "dept_name_missing",
            "name" => "name_missing",
            "userid" | "username" if !self.departments => "userid_missing",
            "departments" if !self.departments => "department_missing",
            _ => "value_missing",
        }
    }

    /// A value holds characters that belong in none.
    pub(crate) fn control(self, column: &str) -> &'static str {
        match column {
            "name" if self.departments => "dept_name_control_char",
            "name" => "name_control_char",
            _ => "value_control_char",
        }
    }

    /// A word is not among those that the column may hold.
    pub(crate) fn word(self, column: &str) -> &'static str {
        if is_status(column) { "enabled_invalid" } else { "word_unknown" }
    }
}

/// Columns of phone numbers, which spreadsheets turn into `1.55E+10`.
pub(crate) fn is_phone(column: &str) -> bool {
    matches!(column, "mobile" | "phone" | "telephone")
}

/// Columns of account names, which are all digits in some houses and then suffer like phone numbers.
pub(crate) fn is_account(column: &str) -> bool {
    matches!(column, "userid" | "username")
}

/// Columns in which a word such as `null` or `NA` is nobody's name, account or id.
pub(crate) fn is_detail(column: &str) -> bool {
    is_phone(column)
        || is_email(column)
        || matches!(column, "title" | "position" | "nickname" | "alias" | "gender" | "order" | "address" | "hire_date")
}

/// Columns that hold ids of others, by their names.
pub(crate) fn refers(column: &str) -> bool {
    matches!(column, "id" | "no")
        || column.ends_with("_id")
        || ["parent", "manager", "department", "dept", "leader"].iter().any(|word| column.contains(word))
}

/// Columns that tell whether somebody is still there.
pub(crate) fn is_status(column: &str) -> bool {
    matches!(column, "status" | "enabled")
}

/// Columns of e-mail addresses.
pub(crate) fn is_email(column: &str) -> bool {
    matches!(column, "email" | "mail")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_tells_what_is_listed() {
        let (departments, people) = (Codes::of_key("dept_id"), Codes::of_key("employee_no"));
        assert_eq!(departments.key_missing(), "dept_id_missing");
        assert_eq!(people.key_missing(), "external_id_missing");
        assert_eq!(departments.key_duplicate(), "dept_id_duplicate");
        assert_eq!(people.key_duplicate(), "external_id_duplicate");
        for (column, of_departments, of_people) in [
            ("name", "dept_name_missing", "name_missing"),
            ("userid", "value_missing", "userid_missing"),
            ("departments", "value_missing", "department_missing"),
            ("title", "value_missing", "value_missing"),
        ] {
            assert_eq!(departments.missing(column), of_departments, "{column}");
            assert_eq!(people.missing(column), of_people, "{column}");
        }
        assert_eq!(departments.control("name"), "dept_name_control_char");
        assert_eq!(people.control("name"), "name_control_char");
        assert_eq!(people.control("title"), "value_control_char");
        assert_eq!(people.word("status"), "enabled_invalid");
        assert_eq!(people.word("gender"), "word_unknown");
    }
}
