package de.leakdex;

/** The order of day and month in dates of birth that are text. */
public enum DateOrder {
    /** 03.04.1980 is in April. */
    DAY_FIRST,
    /** 03/04/1980 is in March. */
    MONTH_FIRST
}
