//! Languages by the codes of three letters that older tags want.

/// ISO 639-1 with ISO 639-2/T behind each.
const CODES: &str = "aa aar ab abk ae ave af afr ak aka am amh an arg ar ara as asm av ava ay aym az aze ba bak be bel \
    bg bul bi bis bm bam bn ben bo bod br bre bs bos ca cat ce che ch cha co cos cr cre cs ces cu chu cv chv cy cym \
    da dan de deu dv div dz dzo ee ewe el ell en eng eo epo es spa et est eu eus fa fas ff ful fi fin fj fij fo fao \
    fr fra fy fry ga gle gd gla gl glg gn grn gu guj gv glv ha hau he heb hi hin ho hmo hr hrv ht hat hu hun hy hye \
    hz her ia ina id ind ie ile ig ibo ii iii ik ipk io ido is isl it ita iu iku ja jpn jv jav ka kat kg kon ki kik \
    kj kua kk kaz kl kal km khm kn kan ko kor kr kau ks kas ku kur kv kom kw cor ky kir la lat lb ltz lg lug li lim \
    ln lin lo lao lt lit lu lub lv lav mg mlg mh mah mi mri mk mkd ml mal mn mon mr mar ms msa mt mlt my mya na nau \
    nb nob nd nde ne nep ng ndo nl nld nn nno no nor nr nbl nv nav ny nya oc oci oj oji om orm or ori os oss pa pan \
    pi pli pl pol ps pus pt por qu que rm roh rn run ro ron ru rus rw kin sa san sc srd sd snd se sme sg sag si sin \
    sk slk sl slv sm smo sn sna so som sq sqi sr srp ss ssw st sot su sun sv swe sw swa ta tam te tel tg tgk th tha \
    ti tir tk tuk tl tgl tn tsn to ton tr tur ts tso tt tat tw twi ty tah ug uig uk ukr ur urd uz uzb ve ven vi vie \
    vo vol wa wln wo wol xh xho yi yid yo yor za zha zh zho zu zul";

/// The code of three letters (ISO 639-2/T) of a language that is given by two (ISO 639-1); none for one that is not known.
pub(crate) fn iso_639_2(two: &str) -> Option<&'static str> {
    let mut codes = CODES.split_ascii_whitespace();
    while let (Some(short), Some(long)) = (codes.next(), codes.next()) {
        if short.eq_ignore_ascii_case(two) {
            return Some(long);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_two_letters_and_three() {
        assert_eq!(iso_639_2("de"), Some("deu"));
        assert_eq!(iso_639_2("zu"), Some("zul"));
        assert_eq!(iso_639_2("aar"), None);
        assert_eq!(iso_639_2("xx"), None);
        let codes: Vec<&str> = CODES.split_ascii_whitespace().collect();
        assert!(
            codes
                .chunks(2)
                .all(|pair| pair[0].len() == 2 && pair[1].len() == 3)
        );
        assert!(
            codes
                .chunks(2)
                .map(|pair| pair[0])
                .is_sorted_by(|a, b| a.as_bytes()[0] <= b.as_bytes()[0])
        );
    }
}
